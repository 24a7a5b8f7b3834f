import { createHash } from "node:crypto";

/** Where the container sees the bundle. */
export const MOUNT_PATH = "/errand";

export const MAIN_FILE = "main.cjs.zst";
export const MAP_FILE = "main.cjs.map.zst";

/** The path and `__filename` of the module, on this machine as in the pod. */
export const MODULE_PATH = `${MOUNT_PATH}/main.cjs`;

/** The files of a ConfigMap or an image: contents by name. */
export interface BundleFiles {
  readonly [MAIN_FILE]: Uint8Array;
  readonly [MAP_FILE]: Uint8Array;
}

/**
 * Node's arguments after its flags, with which it runs exactly these files.
 *
 * @param folder where they are in the container
 */
export function bootWords(folder: string, files: BundleFiles): string[] {
  const hashes = [files[MAIN_FILE], files[MAP_FILE]].map((bytes) => createHash("sha256").update(bytes).digest("hex"));
  return ["--input-type=commonjs", "--eval", BOOT_SOURCE, folder, ...hashes];
}

/**
 * The program of a pod, in the pod template itself; its arguments are the bundle's folder and the SHA-256 of the module and of its source map. Nothing mounted runs
 * unless the bytes that were read are those that were deployed: somebody who can replace the ConfigMap but not the CronJob ends runs as `invalid`, and none of their
 * code runs.
 *
 * Many tools handle the manifests that contain it, so it has no dollar sign (the kubelet and Flux expand what follows one), no two braces in a row (Helm), only ASCII, and
 * no blanks at the end of a line (YAML would write it as one long line). It is plain CommonJS, since an ES module adds some 10 ms to a cold start.
 *
 * The module gets its source map as a function, since only a stack trace needs it; if it is not the deployed one, that is an error then.
 */
export const BOOT_SOURCE = withoutNotes(`(() => {
  "use strict";
  // First of all: Node then begins to read its own root certificates, in a thread that would hold up the first connection later.
  require("node:https");
  const { hash } = require("node:crypto");
  const { readFileSync, writeFileSync, writeSync } = require("node:fs");
  const Module = require("node:module");
  const { zstdDecompressSync } = require("node:zlib");
  const [, folder, mainHash, mapHash] = process.argv;
  const unpack = (name, wanted) => {
    const bytes = readFileSync(folder + "/" + name);
    const found = hash("sha256", bytes);
    if (found !== wanted) throw new Error(folder + "/" + name + " has SHA-256 " + found + ", not " + wanted);
    return zstdDecompressSync(bytes).toString("latin1");
  };
  const refuse = (why) => {
    const { env } = process;
    const job = env.ERRAND_JOB || "unknown";
    const revision = env.ERRAND_REVISION || "unknown";
    const id = env.ERRAND_RUN_ID || "local";
    const trigger = env.ERRAND_TRIGGER !== "manual" && /-[0-9]{8}(?!.)/.test(id) ? "schedule" : "manual";
    const run = { id, attempt: (Number(env.ERRAND_PREVIOUS_FAILURES) || 0) + 1, trigger };
    const startedAt = new Date().toISOString();
    const message = "the mounted code is not what was deployed; none of it ran: " + why;
    const hint = "Somebody replaced the ConfigMap errand-" + job + "-" + revision + ", or the image has another revision. Find out who did, then deploy again.";
    const report = JSON.stringify({
      apiVersion: "errand/v1", kind: "Report", job, namespace: env.POD_NAMESPACE || "default", revision, run,
      outcome: "invalid", dryRun: env.ERRAND_DRY_RUN === "true", startedAt, finishedAt: startedAt,
      mutations: {}, requests: 0, retries: 0, peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      error: { reason: "CodeChanged", message, hint },
    });
    try {
      writeFileSync(env.ERRAND_TERMINATION_LOG || "/dev/termination-log", report);
      writeSync(1, report + "\\n");
    } finally {
      process.exit(64);
    }
  };
  const main = new Module("${MODULE_PATH}");
  let code;
  try {
    code = unpack("${MAIN_FILE}", mainHash);
  } catch (error) {
    refuse(error.message);
  }
  // What Node gives a program of its command line as globals, and a module as its own or not at all.
  for (const name of ["require", "module", "exports", "__filename", "__dirname", ...Module.builtinModules]) {
    if (!["console", "crypto", "process"].includes(name)) delete globalThis[name];
  }
  // This one Node itself puts back when this script has ended.
  queueMicrotask(() => delete globalThis.module);
  process.mainModule = main;
  main.filename = main.id;
  main.paths = Module._nodeModulePaths("${MOUNT_PATH}");
  main._compile(code, main.id);
  main.exports.runInPod(main.exports.loadJob, () => unpack("${MAP_FILE}", mapHash));
})();
`);

/** Comments and indentation are for readers of this file: every CronJob, and every record of one, would contain them. */
function withoutNotes(program: string): string {
  return program.replace(/^ *\/\/.*\n/gm, "").replace(/^ +/gm, "");
}
