import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { serverCertificate } from "../../runtime/embedded/certificate.ts";
import { ownNode } from "../../runtime/embedded/node/own-node.ts";
import { ENVIRONMENT } from "../../runtime/run/environment.ts";
import type { Bundle } from "../bundle.ts";
import { CODE_ENDING, CODE_SIZE_BYTES, COMPILE_SOURCE, codeCachePrefix, MAIN_FILE } from "./boot.ts";

/** What V8 has compiled of a bundle. Good for one exact Node on one kind of machine; any other leaves it alone. */
export interface CodeCache {
  /** File name to contents: one file, with the module's code and its text. The name says for which Node. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Enough for a slow machine; a job file that does not come to an end while it loads gets no cache. In milliseconds. */
const TIMEOUT_MS = 30_000;
const CODE_FILE = "code";
/** What fits into a ConfigMap, with room for its metadata: a larger module is one whose start is not what takes the time. In bytes. */
const BYTES_MAX = 1_040_000;

/**
 * Runs the module as a pod would, with a stand-in for the job: it lists pods, which is what most jobs begin with. Of the job itself only the file is
 * loaded, as `errand check` loads it, and its schema of parameters is called, so that both are in the cache.
 */
const MAKER_SOURCE = `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { zstdDecompressSync } = require("node:zlib");
const { Script, constants } = require("node:vm");
${COMPILE_SOURCE}
const script = compile(zstdDecompressSync(readFileSync(__dirname + "/${MAIN_FILE}")).toString("latin1"));
script.runInThisContext()(exports, require, module);
const { runInPod, loadJob } = module.exports;
const exit = process.exit; // the last thing that a run calls
process.exit = (code) => {
  writeFileSync(__dirname + "/${CODE_FILE}", script.createCachedData());
  exit(code);
};
runInPod(async () => {
  try {
    await loadJob().params?.["~standard"].validate({});
  } catch {}
  return { kind: "errand/job", access: { pods: ["list"] }, run: ({ kube }) => kube.pods.list().toArray() };
}, { codeCache: "none" });
`;

/** One object: what is done with each is compiled too. */
const LIST = JSON.stringify({
  kind: "PodList",
  apiVersion: "v1",
  metadata: { resourceVersion: "1" },
  items: [{ metadata: { name: "a", namespace: "default", uid: "a", resourceVersion: "1" } }],
});

/**
 * Has V8 compile a bundle, in a process of its own against an API server of a single answer on loopback, and keeps what it compiled: with it a pod starts
 * 7 to 10 ms sooner. https://v8.dev/blog/code-caching-for-devs
 *
 * @returns undefined where it cannot be made, or would be too large for a ConfigMap; a pod then compiles as it goes
 */
export async function makeCodeCache({ files }: Pick<Bundle, "files">): Promise<CodeCache | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "errand-code-cache-"));
  const { certificate, key } = serverCertificate();
  const server = await listen({ cert: certificate, key });
  try {
    const given = { [MAIN_FILE]: files[MAIN_FILE], "maker.cjs": MAKER_SOURCE, "ca.crt": certificate, token: "none" };
    await Promise.all(Object.entries(given).map(([name, contents]) => writeFile(join(folder, name), contents)));
    const { command, args } = ownNode([join(folder, "maker.cjs")]);
    await promisify(execFile)(command, args, { timeout: TIMEOUT_MS, env: environment(folder, server) });
    const code = await readFile(join(folder, CODE_FILE));
    const text = await promisify(zstdDecompress)(files[MAIN_FILE]);
    if (code.length + text.length > BYTES_MAX) return undefined;
    const size = Buffer.alloc(CODE_SIZE_BYTES);
    size.writeUInt32LE(code.length);
    return { files: { [`${codeCachePrefix(process)}${CODE_ENDING}`]: Buffer.concat([code, text, size]) } };
  } catch {
    return undefined;
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function listen(identity: { readonly cert: string; readonly key: string }): Promise<Server> {
  const server = createServer(identity, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(LIST);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function environment(folder: string, server: Server): Record<string, string> {
  return {
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
    [ENVIRONMENT.serviceAccountFolder]: folder,
    [ENVIRONMENT.namespace]: "default",
    [ENVIRONMENT.statusPort]: "0",
    [ENVIRONMENT.terminationLog]: join(folder, "termination-log"),
  };
}
