import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJob } from "../../../deploy/new/create-job.ts";
import { TEMPLATE_NAMES } from "../../../deploy/new/project.ts";
import { loadJobFile } from "../../../deploy/project/job-file.ts";
import { run, start } from "../../support/command.ts";
import { createProject, writeDeclarations } from "./project.ts";

const root = resolve(import.meta.dirname, "../../..");
let folder: string;
// Each is done once, by the first test that asks for it.
let ended: Promise<Ended[]> | undefined;
let errors: Promise<string[]> | undefined;

beforeAll(() => {
  folder = createProject();
  writeDeclarations(folder);
  for (const template of TEMPLATE_NAMES) createJob({ folder, name: `my-${template}`, template });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the templates of errand new", () => {
  it("are listed if, and only if, they have files", () => {
    const files = readdirSync(join(root, "deploy/new/templates"));
    expect(TEMPLATE_NAMES.length).toBeGreaterThan(0);
    expect(files.sort()).toEqual(TEMPLATE_NAMES.flatMap((name) => [`${name}.test.ts`, `${name}.ts`]).sort());
  });

  it.each(TEMPLATE_NAMES)("pass errand check when the template is %s", async (template) => {
    const { definition, name } = await loadJobFile(join(folder, `jobs/my-${template}.ts`));
    expect(name).toBe(`my-${template}`);
    expect(definition.description).toMatch(/\w/);
  });

  it.each(TEMPLATE_NAMES)("pass their own tests when the template is %s", async (template) => {
    ended ??= runTests();
    const ofTemplate = (await ended).filter(({ file }) => file === `my-${template}.test.ts`);
    expect(ofTemplate.length).toBeGreaterThan(0);
    expect(ofTemplate.filter(({ type }) => type !== "test:pass")).toEqual([]);
  });

  it("compile with the tsconfig.json that is written for them", async () => {
    errors ??= compile();
    expect((await errors).filter((line) => !line.includes("undeclared.ts"))).toEqual([]);
  });

  it("do not compile when they call what they did not declare", async () => {
    errors ??= compile();
    expect((await errors).join("\n")).toMatch(/undeclared\.ts.*Property 'secrets' does not exist/);
  });
});

/** A test that has ended, as Node's runner tells it. */
interface Ended {
  readonly type: "test:pass" | "test:fail";
  readonly name: string;
  readonly file: string;
}

const REPORTER = `
import { basename } from "node:path";
export default async function* (events) {
  for await (const { type, data } of events) {
    if (!/^test:(pass|fail)$/.test(type)) continue;
    yield JSON.stringify({ type, name: data.name, file: basename(data.file), error: data.details.error?.message }) + "\\n";
  }
}
`;

/** Of all templates in one process. */
async function runTests(): Promise<Ended[]> {
  // A runner inside vitest's own process tree would take this for a part of its run.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  writeFileSync(join(folder, "reporter.mjs"), REPORTER);
  const args = ["--test", "--test-isolation=none", "--test-reporter=./reporter.mjs", "jobs/my-*.test.ts"];
  const { stdout } = await start([process.execPath, ...args], { cwd: folder, env }).ended;
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Ended);
}

/** Lines of the compiler's errors in the templates, and in a job that calls what it did not declare. */
async function compile(): Promise<string[]> {
  createJob({ folder, name: "undeclared", template: "inventory" });
  const path = join(folder, "jobs/undeclared.ts");
  writeFileSync(path, readFileSync(path, "utf8").replace(".pods.list()", ".secrets.list()"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await run([process.execPath, tsc, "-p", folder, "--pretty", "false"]);
  for (const file of ["undeclared.ts", "undeclared.test.ts"]) rmSync(join(folder, "jobs", file));
  return stdout.split("\n").filter((line) => /^\S/.test(line));
}
