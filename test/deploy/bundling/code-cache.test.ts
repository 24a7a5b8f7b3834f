import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundleJob } from "../../../deploy/bundle.ts";
import { codeCachePrefix } from "../../../deploy/bundling/boot.ts";
import { type CodeCache, makeCodeCache } from "../../../deploy/bundling/code-cache.ts";

const prefix = codeCachePrefix(process);
let folder: string;
let marker: string;
let bundle: Bundle;
let cache: CodeCache | undefined;
let hasRun: boolean;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "errand-code-cache-test-")));
  marker = join(folder, "has-run");
  bundle = await bundleJob(writeJob("marks", `run() { writeFileSync(${JSON.stringify(marker)}, ""); }`));
  cache = await makeCodeCache(bundle);
  hasRun = existsSync(marker);
});

afterAll(() => rmSync(folder, { recursive: true }));

function writeJob(name: string, run: string, before = ""): string {
  const file = join(folder, `${name}.ts`);
  const imports = 'import { writeFileSync } from "node:fs";\nimport { defineJob } from "errand";\n';
  writeFileSync(file, `${imports}${before}\nexport default defineJob({ access: {}, ${run} });\n`);
  return file;
}

/** Starts a bundle as a pod does, with a code cache beside it or without one. */
async function start(name: string, cacheFiles: CodeCache["files"] | undefined, flags: readonly string[] = []) {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [file, text] of Object.entries(bundle.files)) writeFileSync(join(place, file), text);
  if (cacheFiles !== undefined) mkdirSync(`${place}-cache`);
  for (const [file, contents] of Object.entries(cacheFiles ?? {}))
    writeFileSync(join(`${place}-cache`, file), contents);
  const terminationLog = join(place, "termination-log");
  await promisify(execFile)(process.execPath, [...flags, join(place, "boot.cjs")], {
    env: { ERRAND_TERMINATION_LOG: terminationLog, ERRAND_STATUS_PORT: "0" },
  });
  return JSON.parse(readFileSync(terminationLog, "utf8")) as Record<string, unknown>;
}

describe("makeCodeCache", () => {
  it("names the Node and the machine that the cache is good for, and runs nothing of the job", () => {
    expect(prefix).toBe(`${process.version}-${process.platform}-${process.arch}`);
    expect(Object.keys(cache?.files ?? {})).toEqual([`${prefix}.code`]);
    expect(cache?.files[`${prefix}.code`]?.length).toBeGreaterThan(100_000);
    expect(hasRun).toBe(false);
  });

  it("makes a cache of the runtime alone when the job file throws while it loads", async () => {
    const throwing = await bundleJob(writeJob("throws", "run() {}", 'throw new Error("only in a pod");'));
    expect((await makeCodeCache(throwing))?.files[`${prefix}.code`]?.length).toBeGreaterThan(100_000);
  });

  it("makes none when it would not fit into a ConfigMap", async () => {
    const large = `console.log(${JSON.stringify("x".repeat(1_000_000))});`;
    expect(await makeCodeCache(await bundleJob(writeJob("large", "run() {}", large)))).toBeUndefined();
  });

  it("gives none, and no error, when the job file ends the process", async () => {
    const signal = 'process.kill(process.pid, "SIGKILL");';
    expect(await makeCodeCache(await bundleJob(writeJob("ends", "run() {}", signal)))).toBeUndefined();
  });
});

describe("a bundle that is started", () => {
  it("takes what V8 has compiled of it when there is a cache for this Node, and says so in its report", async () => {
    const report = await start("with", cache?.files);
    expect(report).toMatchObject({ outcome: "succeeded", node: { version: process.version, codeCache: "used" } });
  });

  it("runs without when there is none", async () => {
    const report = await start("without", undefined);
    expect(report).toMatchObject({ outcome: "succeeded", node: { version: process.version, codeCache: "none" } });
  });

  it("runs without when Node may not read it", async () => {
    const place = join(folder, "forbidden");
    const flags = ["--permission", "--allow-net", `--allow-fs-read=${place}/`, `--allow-fs-write=${folder}/`];
    const report = await start("forbidden", cache?.files, flags);
    expect(report).toMatchObject({ outcome: "succeeded", node: { codeCache: "none" } });
  });

  it("runs without when the file is not whole", async () => {
    const cut = Buffer.from(cache?.files[`${prefix}.code`] ?? []).subarray(0, 2);
    const report = await start("cut", { [`${prefix}.code`]: cut });
    expect(report).toMatchObject({ outcome: "succeeded", node: { codeCache: "none" } });
  });

  it("compiles for itself when V8 refuses the cache", async () => {
    const code = Buffer.from(cache?.files[`${prefix}.code`] ?? []);
    code.writeUInt32LE(0, 4); // V8's own version, in the head
    const report = await start("refused", { ...cache?.files, [`${prefix}.code`]: code });
    expect(report).toMatchObject({ outcome: "succeeded", node: { codeCache: "rejected" } });
  });
});
