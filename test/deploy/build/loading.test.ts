import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { bootWords } from "../../../deploy/build/boot.ts";
import { compileJobs } from "../../../deploy/build/compile.ts";
import { evaluateJob } from "../../../deploy/build/evaluate.ts";
import type { JobDefinition } from "../../../runtime/job/definition.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { bundleJob } from "../../support/bundle-job.ts";
import { project } from "../../support/project.ts";

const folder = project();
beforeAll(() => {
  writePackage("notes-its-folder", { "index.js": 'const folder = __dirname + "/"; exports.folder = folder;' });
  writePackage("notes-its-url", {
    "index.js":
      'import { dirname } from "node:path"; import { fileURLToPath } from "node:url"; export const folder = dirname(fileURLToPath(import.meta.url)); export const same = import.meta.dirname === folder && import.meta.filename.startsWith(folder);',
    type: "module",
  });
  writePackage("reads-its-data", {
    "index.js": 'exports.data = require("node:fs").readFileSync(__dirname + "/data.txt", "utf8");',
    "data.txt": "data",
  });
  const addon = { "build/Release/fast.node": "\u007fELF" };
  writePackage("can-do-without", {
    ...addon,
    "index.js": 'try { exports.how = require("./build/Release/fast.node"); } catch { exports.how = "slow"; }',
  });
  writePackage("@scope/needs-its-addon", { ...addon, "index.js": 'module.exports = require("./build/Release/fast");' });
  writePackage("left-out", { "index.js": "exports.where = __filename;" });
  writePackage("asks-for-main", { "index.js": "exports.main = typeof require.main.filename;" });
});
function writePackage(name: string, { type = "commonjs", ...files }: Readonly<Record<string, string>>): void {
  const manifest = JSON.stringify({ name, version: "1.0.0", main: "index.js", type });
  for (const [file, contents] of Object.entries({ ...files, "package.json": manifest })) {
    const path = join(folder, "node_modules", name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

/** @param returns what the job's `run` gives */
function writeJob(name: string, imports: string, returns: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(
    file,
    `import { defineJob } from "errand";\n${imports}\nexport default defineJob({ access: {}, run: async () => (${returns}) });\n`,
  );
  return file;
}

async function resultHere(file: string, external: readonly string[] = []): Promise<unknown> {
  const [compiled] = await compileJobs([file], external, "deploy");
  if (compiled?.status !== "fulfilled") throw compiled?.reason;
  return await (evaluateJob(compiled.value) as { run: () => unknown } & Pick<JobDefinition, "access">).run();
}

async function resultInPod(file: string, external: readonly string[] = []): Promise<unknown> {
  const { files } = await bundleJob(file, external);
  const place = mkdtempSync(join(folder, "pod-"));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(place, name), contents);
  const log = join(place, "termination-log");
  // Where an image has its packages, of which there are none in a test's root.
  const env = { ERRAND_TERMINATION_LOG: log, ERRAND_STATUS_PORT: "0", NODE_PATH: join(folder, "node_modules") };
  const { stdout } = await promisify(execFile)(process.execPath, bootWords(place, files), { env }).catch(
    (error: { stdout: string }) => error,
  );
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Report;
  return report.error === undefined ? report.result : report.error.message;
}

/** What `errand check` says against it. */
async function checkOf(file: string): Promise<string> {
  const bin = join(import.meta.dirname, "../../../deploy/bin.ts");
  const checked = promisify(execFile)(process.execPath, [bin, "check", file, "--no-types"], { cwd: folder });
  return await checked.then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => stderr,
  );
}

describe("a job that is loaded on this machine and in a pod", () => {
  it.each([
    ["a CommonJS package notes its folder", 'import { folder } from "notes-its-folder";', "folder", "/errand/"],
    ["a package notes its URL", 'import { folder, same } from "notes-its-url";', "[folder, same]", ["/errand", true]],
    ["a package does without its addon", 'import { how } from "can-do-without";', "how", "slow"],
    ["a package asks for the main module", 'import { main } from "asks-for-main";', "main", "string"],
    ["the job asks where it is itself", "", "[__dirname, __filename]", ["/errand", "/errand/main.cjs"]],
    ["it imports text that is code", "", '(await import("data:text/javascript,export default 1")).default', 1],
    [
      "such text is of letters to escape",
      'import n from "data:text/javascript,export%20default%20%22%25%22";',
      "n",
      "%",
    ],
    ["it asks for the environment", "", "process.env.NODE_ENV", "production"],
    ["it asks what its own class is called", "class Named {}", "new Named().constructor.name === Named.name", true],
  ])("does the same in both when %s", async (how, imports, returns, expected) => {
    const file = writeJob(how.replaceAll(" ", "-").toLowerCase(), imports, returns);
    expect(await resultHere(file)).toEqual(expected);
    expect(await resultInPod(file)).toEqual(expected);
  });

  it("finds an external package where it is installed, and not in the bundle", async () => {
    const file = writeJob("leaves-out", 'import { where } from "left-out";', "where");
    const expected = join(folder, "node_modules/left-out/index.js");
    expect(await resultHere(file, ["left-out"])).toBe(expected);
    expect(await resultInPod(file, ["left-out"])).toBe(expected);
    const { inputs } = await bundleJob(file, ["left-out"]);
    expect(inputs.filter((path) => path.includes("left-out"))).toEqual([]);
  });

  it("names the package that needs a file beside its code, and says what to do", async () => {
    const file = writeJob("reads-data", 'import { data } from "reads-its-data";', "data");
    const said = await checkOf(file);
    expect(said).toMatch(/at .*reads-data\.ts:\d+, in the package reads-its-data: ENOENT.*\/errand\/data\.txt/);
    expect(said).toContain("in external in errand.config.ts");
    expect(await resultInPod(file)).toMatch(/ENOENT.*\/errand\/data\.txt/);
  });

  it("names the addon that its package cannot do without, and says what to do", async () => {
    const file = writeJob("needs-addon", 'import fast from "@scope/needs-its-addon";', "fast");
    const said =
      /native addon fast\.node of @scope\/needs-its-addon is not in the bundle.*list "@scope\/needs-its-addon" in external/;
    expect(await checkOf(file)).toMatch(said);
    expect(await resultInPod(file)).toMatch(said);
  });

  it("fails on this machine when an external package is not installed", async () => {
    const file = writeJob("misses", 'import { x } from "not-installed";', "x");
    await expect(resultHere(file, ["not-installed"])).rejects.toMatchObject({
      message: expect.stringContaining("Cannot find module 'not-installed'"),
      hint: expect.stringContaining("external"),
    });
  });
});
