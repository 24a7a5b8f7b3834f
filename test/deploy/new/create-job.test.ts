import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { packageFolder, packageVersion } from "../../../deploy/build/package.ts";
import { createJob } from "../../../deploy/new/create-job.ts";
import { LIBRARY } from "../../../deploy/new/project.ts";
import type { JobDefinition } from "../../../runtime/job/definition.ts";
import { project } from "../../support/project.ts";

const archive = `errand-${packageVersion()}.tgz`;

let folder: string;
beforeEach(() => {
  folder = project();
});
describe("createJob", () => {
  it("writes a job, its test and a project into an empty folder", () => {
    const { created, kept } = createJob({ folder, name: "tidy", template: "cleanup" });
    expect(created).toEqual(["jobs/tidy.ts", "jobs/tidy.test.ts", "package.json", "tsconfig.json"]);
    expect(kept).toEqual([]);
    expect(readFileSync(join(folder, "jobs/tidy.test.ts"), "utf8")).toContain('from "./tidy.ts"');
    const project: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    expect(project).toEqual({
      name: expect.stringMatching(/^[a-z0-9-]+$/),
      private: true,
      type: "module",
      scripts: { check: "errand check jobs/*.ts", test: 'node --test "jobs/**/*.test.ts"' },
    });
  });

  it("copies a ready-made job as it is, without a test", () => {
    const { created, next } = createJob({ folder, name: "hours", template: "cleanup", from: "office-hours" });
    expect(created).toEqual(["jobs/hours.ts", "package.json", "tsconfig.json"]);
    const original = readFileSync(`${packageFolder()}jobs/office-hours.ts`, "utf8");
    expect(readFileSync(join(folder, "jobs/hours.ts"), "utf8")).toBe(original);
    expect(next.join("\n")).not.toContain("node --test");
  });

  it("knows every job of the library, by its own description", async () => {
    const files = readdirSync(`${packageFolder()}jobs`).filter((file) => file.endsWith(".ts"));
    const described = await Promise.all(
      files.map(async (file) => {
        const { default: job } = (await import(`${packageFolder()}jobs/${file}`)) as { default: JobDefinition };
        const { description = "" } = job;
        return [file.replace(/\.ts$/, ""), description[0]?.toLowerCase() + description.slice(1)];
      }),
    );
    expect(LIBRARY).toEqual(Object.fromEntries(described));
  });

  it("keeps a project's own files", () => {
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, ".gitlab-ci.yml"), "mine");
    const { created, kept } = createJob({ folder, name: "tidy", template: "watch", ci: "gitlab" });
    expect(created).toEqual(["jobs/tidy.ts", "jobs/tidy.test.ts", "tsconfig.json"]);
    expect(kept).toEqual(["package.json", ".gitlab-ci.yml"]);
    expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("{}");
    expect(readFileSync(join(folder, ".gitlab-ci.yml"), "utf8")).toBe("mine");
  });

  it("says what an existing package.json lacks for the tests to run, if anything", () => {
    const stepsFor = (project: object, name: string) => {
      writeFileSync(join(folder, "package.json"), JSON.stringify(project));
      return createJob({ folder, name, template: "watch", isInstalled: () => true }).next;
    };
    const scripts = { test: "vitest" };
    const test = `'scripts.test=node --test "jobs/**/*.test.ts"'`;
    expect(stepsFor({ type: "commonjs", scripts }, "a")[0]).toBe("npm pkg set type=module");
    expect(stepsFor({ type: "commonjs" }, "b")[0]).toBe(`npm pkg set type=module ${test}`);
    expect(stepsFor({}, "c")[0]).toBe(`npm pkg set ${test}`);
    expect(stepsFor({ scripts }, "d")[0]).toBe("npx errand check jobs/d.ts");
  });

  it.each(["jobs/tidy.ts", "jobs/tidy.test.ts"])("writes nothing when %s exists", (path) => {
    createJob({ folder, name: "tidy", template: "report" });
    rmSync(join(folder, "tsconfig.json"));
    rmSync(join(folder, path === "jobs/tidy.ts" ? "jobs/tidy.test.ts" : "jobs/tidy.ts"));
    expect(() => createJob({ folder, name: "tidy", template: "report" })).toThrow(`${path} already exists`);
    expect(() => readFileSync(join(folder, "tsconfig.json"))).toThrow("ENOENT");
  });

  it("packs errand from where it runs, and lists the next steps, when nothing is installed", () => {
    const { next } = createJob({ folder, name: "tidy", template: "inventory", isInstalled: () => false });
    expect(next).toEqual([
      `npm pack ${packageFolder()}`,
      `npm install --save-dev ./${archive} zod typescript @types/node`,
      "npx errand check jobs/tidy.ts",
      "node --test jobs/tidy.test.ts",
      "npx errand run jobs/tidy.ts --embedded",
      "npx errand deploy jobs/tidy.ts -n NAMESPACE",
    ]);
  });

  it.each([
    ["file:../errand/errand-0.1.0.tgz", true],
    ["file:/home/eve/errand-0.1.0.tgz", true],
    ["file:errand-0.1.0.tgz", false],
    ["^0.1.0", false],
  ])("packs errand into the project for CI when it was installed from %s: %j", (errand, isMoved) => {
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ scripts: { test: "true" }, devDependencies: { errand } }),
    );
    const { next } = createJob({ folder, name: "tidy", template: "watch", ci: "github", isInstalled: () => true });
    const steps = [`npm pack ${packageFolder()}`, `npm install --save-dev ./${archive}`, `git add ${archive}`];
    expect(next.slice(0, 3)).toEqual(isMoved ? steps : expect.not.arrayContaining([steps[1]]));
  });

  it("has nothing to install when the project has everything", () => {
    for (const name of ["errand", "zod", "typescript", "@types/node"]) {
      mkdirSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "package.json"), "{}");
    }
    const { next } = createJob({ folder, name: "tidy", template: "inventory" });
    expect(next[0]).toBe("npx errand check jobs/tidy.ts");
  });

  it.each(["Tidy_Up", "", "../tidy", "a".repeat(53)])("refuses the name when it is %j", (name) => {
    expect(() => createJob({ folder, name, template: "report" })).toThrow();
    expect(() => readFileSync(join(folder, "package.json"))).toThrow("ENOENT");
  });
});
