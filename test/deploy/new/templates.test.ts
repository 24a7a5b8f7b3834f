import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJob } from "../../../deploy/new/create-job.ts";
import { TEMPLATE_NAMES } from "../../../deploy/new/project.ts";
import { loadJobFile } from "../../../deploy/project/job-file.ts";
import { createProject, writeDeclarations } from "./project.ts";

const root = resolve(import.meta.dirname, "../../..");
const execute = promisify(execFile);
let folder: string;

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
    // A runner inside vitest's own process tree would take this for a part of its run.
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const args = ["--test", "--test-reporter=tap", `jobs/my-${template}.test.ts`];
    const { stdout } = await execute(process.execPath, args, { cwd: folder, env });
    expect(stdout).toMatch(/^# pass [1-9]/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  it("compile with the tsconfig.json that is written for them", async () => {
    const compiled = execute(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
    await expect(
      compiled.then(
        () => "",
        (error: { stdout: string }) => error.stdout,
      ),
    ).resolves.toBe("");
  });

  it("do not compile when they call what they did not declare", async () => {
    createJob({ folder, name: "undeclared", template: "inventory" });
    const path = join(folder, "jobs/undeclared.ts");
    writeFileSync(path, readFileSync(path, "utf8").replace(".pods.list()", ".secrets.list()"));
    const args = [join(root, "node_modules/typescript/bin/tsc"), "-p", folder];
    const { stdout } = await execute(process.execPath, args).catch((error: { stdout: string }) => error);
    for (const file of ["undeclared.ts", "undeclared.test.ts"]) rmSync(join(folder, "jobs", file));
    expect(stdout).toMatch(/undeclared\.ts.*Property 'secrets' does not exist/);
  });
});
