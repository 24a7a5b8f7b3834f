import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundleJob } from "../../deploy/bundle.ts";

const root = join(import.meta.dirname, "../..");
let folder: string;

let listing: Bundle;
let withZod: Bundle;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "errand-bundle-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  listing = await bundleJob(writeJob("listing", LISTING));
  withZod = await bundleJob(writeJob("with-zod", WITH_ZOD));
});

afterAll(() => rmSync(folder, { recursive: true }));

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
const CEILING = 54_500;
const CEILING_WITH_ZOD = 78_000;

describe("bundleJob", () => {
  it("stays below its ceiling when a job lists pods", () => {
    const { size } = listing;
    expect(size.shippedBytes).toBeLessThan(CEILING);
    expect(size.shares[0]?.bytes).toBeGreaterThan(10_000);
  });

  it("holds nothing of the command line, nor of zod, nor of an HTTP client besides Node's, when the job does not import it", () => {
    const { inputs } = listing;
    expect(inputs.some((path) => path.endsWith("runtime/main.ts"))).toBe(true);
    const unwanted = /@kubernetes\/client-node|\/cronstrue\/|\/zod\/|\/commander\/|\/yaml\/|\/undici\/|\/deploy\//;
    expect(inputs.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it("never names what would make Node load more of itself: performance, and fetch with all that belongs to it", () => {
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

  it("keeps zod's other languages when the job file asks for them", async () => {
    const long = await bundleJob(writeJob("with-locales", `${WITH_ZOD}z.config(z.locales.de());`));
    expect(long.size.minifiedBytes).toBeGreaterThan(withZod.size.minifiedBytes + 50_000);
  });

  it("reads YAML when the job applies a text", async () => {
    const job = `import { defineJob } from "errand";
export default defineJob({ access: { configmaps: ["patch"] }, run: ({ kube }) => kube.configmaps.apply(process.title) });`;
    const { inputs } = await bundleJob(writeJob("applies-text", job));
    expect(inputs.filter((path) => /\/yaml\/|yaml\.[jt]s$/.test(path)).length).toBeGreaterThan(10);
  });

  it("gives the same bytes and revision when the same job lies in another folder", async () => {
    const there = await bundleJob(writeJob("listing", LISTING, join(folder, "there/deeper")));
    expect(there.files).toEqual(listing.files);
    expect(there.hash).toBe(listing.hash);
    expect(there.hash).toMatch(/^[0-9a-f]{10}$/);
  });

  it("gives another revision when the job does something else", async () => {
    const other = await bundleJob(writeJob("other", LISTING.replace(".length", ".length + 1")));
    expect(other.hash).not.toBe(listing.hash);
  });

  it("says where to put it when a job file awaits at its top level", async () => {
    const file = writeJob("awaits", `await Promise.resolve();\n${LISTING}`);
    await expect(bundleJob(file)).rejects.toMatchObject({
      message: expect.stringMatching(/awaits\.ts:1:1: Top-level await/),
      hint: expect.stringContaining("into `run`"),
    });
  });

  it("says what to install when a package is missing", async () => {
    const file = writeJob("misses", `import "@scope/missing/part";\n${LISTING}`);
    await expect(bundleJob(file)).rejects.toMatchObject({
      message: expect.stringMatching(/misses\.ts:1:8: Could not resolve "@scope\/missing\/part"/),
      hint: "Is it installed? npm install @scope/missing",
    });
  });
});

/** Starts a bundle as the pod does, with the flags that matter here, and nothing in its environment but a name and a place for its report. */
async function start(name: string, { files }: Bundle) {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [file, contents] of Object.entries(files)) writeFileSync(join(place, file), contents);
  const terminationLog = join(place, "termination-log");
  writeFileSync(terminationLog, "");
  const child = spawn(process.execPath, [join(place, "boot.cjs")], {
    env: { ERRAND_JOB: name, ERRAND_TERMINATION_LOG: terminationLog, ERRAND_STATUS_PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [code] = await Promise.all([
    new Promise<number | null>((resolve) => child.on("close", resolve)),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, report: JSON.parse(readFileSync(terminationLog, "utf8")) as Record<string, unknown> };
}

describe("a bundle that is started", () => {
  it("ends as unreachable with a report when there is no cluster around it", async () => {
    const { code, report } = await start("alone", listing);
    expect(code).toBe(69);
    expect(report).toMatchObject({ job: "alone", outcome: "unreachable" });
  });

  it("reports what the job file throws when it is loaded in the pod only, with its own line [P5]", async () => {
    const source = `if (process.env.ERRAND_JOB === "throws") throw new Error("only in the pod");\n${LISTING}`;
    const { code, report } = await start("throws", await bundleJob(writeJob("throws", source)));
    expect(code).toBe(1);
    expect(report).toMatchObject({ outcome: "failed", error: { message: "only in the pod" } });
    expect(report).toMatchObject({ error: { stack: expect.stringMatching(/^ {4}at throws\.ts:1:48$/) } });
    expect(JSON.stringify(report)).not.toContain("main.cjs");
  });
});
