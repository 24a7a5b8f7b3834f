import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { zstdDecompressSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { BOOT_SOURCE, type BundleFiles, bootWords } from "../../../deploy/build/boot.ts";
import { type Bundle, packJob } from "../../../deploy/build/bundle.ts";
import { compileJobs } from "../../../deploy/build/compile.ts";
import { OUTCOMES } from "../../../runtime/run/report/outcome.ts";
import { bundleJob } from "../../support/bundle-job.ts";
import { project } from "../../support/project.ts";

const root = join(import.meta.dirname, "../../..");
const reportSchema = z.fromJSONSchema(
  JSON.parse(readFileSync(join(root, "runtime/run/report/report.schema.json"), "utf8")) as Parameters<
    typeof z.fromJSONSchema
  >[0],
);
const folder = project();

let listing: Bundle;
let withZod: Bundle;

beforeAll(async () => {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  listing = await bundleJob(writeJob("listing", LISTING));
  withZod = await bundleJob(writeJob("with-zod", WITH_ZOD));
});

/** Writes a job file into a folder where it finds zod. */
function writeJob(name: string, source: string, place = folder): string {
  const file = join(place, `${name}.ts`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  return file;
}

const LISTING = `import { defineJob } from "errand";
export default defineJob({ access: { pods: ["list"] }, async run({ kube }) { return (await kube.pods.list().toArray()).length; } });
`;

const WITH_ZOD = `import { defineJob } from "errand";
import { z } from "zod";
export default defineJob({ access: {}, params: z.object({ n: z.number().default(1) }), run: ({ params }) => params.n });
`;

/** Ceilings, in bytes; raised only together with what is worth the room. */
const CEILING = 87_000;
const CEILING_WITH_ZOD = 107_500;

describe("a bundle", () => {
  it("stays below its ceiling when a job lists pods", () => {
    const { size } = listing;
    expect(size.shippedBytes).toBeLessThan(CEILING);
    expect(size.shares[0]?.bytes).toBeGreaterThan(10_000);
  });

  it("contains no command line, no zod and no HTTP client besides Node's unless the job imports it", () => {
    const { inputs } = listing;
    expect(inputs.some((path) => path.endsWith("runtime/main.ts"))).toBe(true);
    const unwanted = /@kubernetes\/client-node|\/cronstrue\/|\/zod\/|\/commander\/|\/yaml\/|\/undici\/|\/deploy\//;
    expect(inputs.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it("does not mention performance, fetch or its classes, which would make Node load more of itself", () => {
    const code = zstdDecompressSync(listing.files["main.cjs.zst"]).toString();
    expect(code).toContain("hrtime");
    expect(code.match(/\bperformance\b|[^.\w]fetch\(|\bURLPattern\b|\bBlob\(/g)).toBeNull();
  });

  it("stays below its ceiling and leaves out zod's other languages when a job has parameters", () => {
    const { size } = withZod;
    expect(size.shippedBytes).toBeLessThan(CEILING_WITH_ZOD);
    expect(size.shares.map(({ name }) => name)).toContain("zod");
  });

  it("leaves out what a job does not use of zod", () => {
    expect(withZod.inputs.filter((path) => /\/zod\/.*from-json-schema\.js$/.test(path))).toEqual([]);
  });

  it("keeps zod's other languages when the job file mentions them", async () => {
    const long = await bundleJob(writeJob("with-locales", `${WITH_ZOD}z.config(z.locales.de());`));
    const minified = ({ size }: Bundle) => size.shares.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(minified(long)).toBeGreaterThan(minified(withZod) + 50_000);
  });

  it("includes the YAML parser when the job applies a text", async () => {
    const job = `import { defineJob } from "errand";
export default defineJob({ access: { configmaps: ["patch"] }, run: ({ kube }) => kube.configmaps.apply(process.title) });`;
    const { inputs } = await bundleJob(writeJob("applies-text", job));
    expect(inputs.filter((path) => /\/yaml\/|yaml\.[jt]s$/.test(path)).length).toBeGreaterThan(10);
  });

  it("gives the same bytes and revision for the same job in another folder", async () => {
    const there = await bundleJob(writeJob("listing", LISTING, join(folder, "there/deeper")));
    expect(there.files).toEqual(listing.files);
    expect(there.hash).toBe(listing.hash);
    expect(there.hash).toMatch(/^[0-9a-f]{10}$/);
  });

  it("gives the same bytes when other jobs are compiled with it", async () => {
    // Called alike, for the name is in the source map.
    const beside = join(folder, "beside");
    const locales = writeJob("with-locales", `${WITH_ZOD}z.config(z.locales.de());`, beside);
    const files = [writeJob("with-zod", WITH_ZOD, beside), locales, writeJob("listing", LISTING, beside)];
    const compiled = await compileJobs(files, [], "deploy");
    const [zods, locale, lists] = await Promise.all(
      compiled.map((each) => (each.status === "fulfilled" ? packJob(each.value) : undefined)),
    );
    expect(lists).toMatchObject({ hash: listing.hash, files: listing.files });
    expect(zods).toMatchObject({ hash: withZod.hash, files: withZod.files });
    expect(locale).toMatchObject(await bundleJob(locales));
    expect(lists?.inputs.some((path) => path.includes("/zod/"))).toBe(false);
  });

  it("compiles the other jobs when one fails", async () => {
    const files = [writeJob("sound", LISTING), writeJob("broken", "export default {"), writeJob("sound-too", WITH_ZOD)];
    const compiled = await compileJobs(files, [], "deploy");
    expect(compiled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(compiled[1]).toMatchObject({ reason: { message: expect.stringMatching(/broken\.ts:1:\d+: /) } });
  });

  it("gives another revision for another job", async () => {
    const other = await bundleJob(writeJob("other", LISTING.replace(".length", ".length + 1")));
    expect(other.hash).not.toBe(listing.hash);
  });

  it("says where to move a top-level await", async () => {
    const file = writeJob("awaits", `await Promise.resolve();\n${LISTING}`);
    await expect(bundleJob(file)).rejects.toMatchObject({
      message: expect.stringMatching(/awaits\.ts:1:1: Top-level await/),
      hint: expect.stringContaining("into `run`"),
    });
  });

  it("names the missing package to install", async () => {
    const file = writeJob("misses", `import "@scope/missing/part";\n${LISTING}`);
    await expect(bundleJob(file)).rejects.toMatchObject({
      message: expect.stringMatching(/misses\.ts:1:8: Could not resolve "@scope\/missing\/part"/),
      hint: "Is it installed? npm install @scope/missing",
    });
  });

  it("names every missing package", async () => {
    const file = writeJob(
      "misses-more",
      `import "one/a";\nimport "./near.ts";\nimport "one/b";\nimport "@two/three";\n${LISTING}`,
    );
    await expect(bundleJob(file)).rejects.toMatchObject({
      message: expect.stringMatching(/:1:8: .*"one\/a".*\n.*:2:8: .*\n.*:3:8: .*\n.*:4:8: .*"@two\/three"/),
      hint: "Are they installed? npm install one @two/three",
    });
  });
});

interface StartOptions {
  /** What is mounted, where that is not what was deployed. */
  readonly mounted?: Partial<BundleFiles>;
  /** Nothing is. */
  readonly isEmpty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a bundle as the pod does, with the flags that matter here, and nothing in its environment but a name and a place for its report. */
async function start(name: string, { files }: Pick<Bundle, "files">, { mounted, isEmpty, env }: StartOptions = {}) {
  const place = join(folder, name);
  mkdirSync(place);
  const present: Partial<BundleFiles> = isEmpty ? {} : { ...files, ...mounted };
  for (const [file, contents] of Object.entries(present)) writeFileSync(join(place, file), contents);
  const terminationLog = join(place, "termination-log");
  writeFileSync(terminationLog, "");
  const child = spawn(process.execPath, bootWords(place, files), {
    env: { ERRAND_JOB: name, ERRAND_TERMINATION_LOG: terminationLog, ERRAND_STATUS_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [code, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve) => child.on("close", resolve)),
    text(child.stdout),
    text(child.stderr),
  ]);
  const left = readFileSync(terminationLog, "utf8");
  return { code, stdout, stderr, left, report: JSON.parse(left) as Record<string, unknown> };
}

/** One bit of it is another. */
function altered(bytes: Uint8Array, at = bytes.length - 1): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

describe("a bundle that is started", () => {
  it("ends as unreachable, with a report, outside of a cluster", async () => {
    const { code, report } = await start("alone", listing);
    expect(code).toBe(69);
    expect(report).toMatchObject({ job: "alone", outcome: "unreachable", node: { version: process.version } });
  });

  it("reports, with its line, an error that the job file throws only while it loads in the pod [P5]", async () => {
    const source = `if (process.env.ERRAND_JOB === "throws") throw new Error("only in the pod");\n${LISTING}`;
    const { code, report } = await start("throws", await bundleJob(writeJob("throws", source)));
    expect(code).toBe(1);
    expect(report).toMatchObject({ outcome: "failed", error: { message: "only in the pod" } });
    expect(report).toMatchObject({ error: { stack: expect.stringMatching(/^ {4}at throws\.ts:1:48$/) } });
    expect(JSON.stringify(report)).not.toContain("main.cjs");
  });

  it.each([
    ["the first byte", 0],
    ["the last byte", -1],
  ])("ends as invalid, without running any of it, when %s is not the deployed one", async (_what, at) => {
    const { files } = await bundleJob(writeJob("tells", `console.log("it runs");\n${LISTING}`));
    const main = files["main.cjs.zst"];
    const mounted = { "main.cjs.zst": altered(main, at < 0 ? main.length + at : at) };
    const env = { ERRAND_RUN_ID: "tells-29000000", ERRAND_PREVIOUS_FAILURES: "1", ERRAND_REVISION: "0123456789" };
    const { code, report, stdout, left } = await start(`altered${at}`, { files }, { mounted, env });
    expect(code).toBe(OUTCOMES.invalid.exitCode);
    expect(report).toMatchObject({
      job: `altered${at}`,
      run: { id: "tells-29000000", attempt: 2, trigger: "schedule" },
      outcome: "invalid",
      error: { reason: "CodeChanged", hint: expect.stringContaining("0123456789") },
    });
    const hashes = [mounted["main.cjs.zst"], main].map((bytes: Uint8Array) =>
      createHash("sha256").update(bytes).digest("hex"),
    );
    expect(report.error).toMatchObject({ message: expect.stringContaining(hashes.join(", not ")) });
    expect(stdout).toBe(`${left}\n`);
    expect(reportSchema.safeParse(report).error).toBeUndefined();
  });

  it("ends as invalid when another complete bundle is mounted, or none", async () => {
    const other = await start("another", listing, { mounted: withZod.files });
    expect(other).toMatchObject({ code: 64, report: { outcome: "invalid", error: { reason: "CodeChanged" } } });
    const none = { env: { ERRAND_JOB: "none" }, isEmpty: true };
    expect(await start("none", listing, none)).toMatchObject({
      code: 64,
      report: { job: "none", outcome: "invalid", error: { message: expect.stringContaining("ENOENT") } },
    });
  });

  it("reads no line from a source map that is not the deployed one", async () => {
    const source = `if (process.env.ERRAND_JOB === "mapped") throw new Error("only in the pod");\n${LISTING}`;
    const mounted = { "main.cjs.map.zst": listing.files["main.cjs.map.zst"] };
    const { code, report } = await start("mapped", await bundleJob(writeJob("mapped", source)), { mounted });
    expect(code).toBe(1);
    expect(report).toMatchObject({ outcome: "failed", error: { message: "only in the pod" } });
    expect(report).toMatchObject({ error: { stack: expect.stringContaining("/errand/main.cjs:") } });
    expect(JSON.stringify(report)).not.toMatch(/(?:mapped|listing)\.ts/);
  });

  it("has no globals that a module would not have", async () => {
    const names = `["require", "module", "exports", "__filename", "fs", "path", "events", "node:test"]`;
    const source = LISTING.replace(
      "export default",
      `if (process.env.ERRAND_JOB === "globals") {
  const { crypto } = globalThis;
  throw new Error(JSON.stringify([${names}.filter((name) => name in globalThis), typeof crypto.subtle, "createHash" in crypto]));
}
export default`,
    );
    const { report } = await start("globals", await bundleJob(writeJob("globals", source)));
    expect(report).toMatchObject({ error: { message: '[[],"object",false]' } });
  });
});

/** Asks its own status endpoint, as a person would over a forwarded port. */
const ASKS_ITSELF = `import { defineJob } from "errand";
const ask = async (path: string, accept: string) => {
  for (;;) {
    try {
      const answer = await fetch("http://127.0.0.1:" + process.env.ERRAND_STATUS_PORT + path, { headers: { accept } });
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};
export default defineJob({
  access: {},
  async run() {
    return [await ask("/", "text/html"), await ask("/status", "application/json"), await ask("/openapi.json", "")];
  },
});
`;

describe("the status endpoint in a bundle", () => {
  it("is not unpacked before it is asked, and then has the run's page", async () => {
    const bundle = await bundleJob(writeJob("asks-itself", ASKS_ITSELF));
    const code = zstdDecompressSync(bundle.files["main.cjs.zst"]).toString();
    expect(code).not.toMatch(/errand-first-line|Skip to content|openapi:/);
    const { stdout } = await start("asks-itself", bundle, { env: { ERRAND_STATUS_PORT: String(await freePort()) } });
    const { result } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as { result: [number, string, string][] };
    const [page, status, openapi] = result;
    expect(page?.slice(0, 2)).toEqual([200, "text/html; charset=UTF-8"]);
    expect(page?.[2]).toMatch(/^<!doctype html>.*<h1 class="name">.*status endpoint is listening.*<\/html>$/s);
    expect(status).toEqual([200, "application/json", expect.stringContaining('"job":"asks-itself"')]);
    expect(openapi?.[2]).toContain('"openapi":"3.1.0"');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("BOOT_SOURCE", () => {
  it("passes unchanged through the kubelet, Helm, Flux, kustomize and YAML", () => {
    expect(BOOT_SOURCE).toMatch(/^[ -~\n]+$/);
    expect(BOOT_SOURCE).not.toMatch(/\$|\{\{|\{%|<%|[ \t]$/m);
    expect(BOOT_SOURCE).not.toMatch(/[`]/);
    expect(parse(stringify([BOOT_SOURCE]))).toEqual([BOOT_SOURCE]);
    expect(BOOT_SOURCE.length).toBeLessThan(4_096);
  });
});
