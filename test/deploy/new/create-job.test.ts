import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createJob } from "../../../deploy/new/create-job.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "Errand New-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("createJob", () => {
  it("writes a job, its test and a project when there is nothing", () => {
    const { created, kept } = createJob({ folder, name: "tidy", template: "cleanup" });
    expect(created).toEqual(["jobs/tidy.ts", "jobs/tidy.test.ts", "package.json", "tsconfig.json"]);
    expect(kept).toEqual([]);
    expect(readFileSync(join(folder, "jobs/tidy.test.ts"), "utf8")).toContain('from "./tidy.ts"');
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string };
    expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  it("leaves a project's own files alone when they are there", () => {
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, ".gitlab-ci.yml"), "mine");
    const { created, kept } = createJob({ folder, name: "tidy", template: "watch", ci: "gitlab" });
    expect(created).toEqual(["jobs/tidy.ts", "jobs/tidy.test.ts", "tsconfig.json"]);
    expect(kept).toEqual(["package.json", ".gitlab-ci.yml"]);
    expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("{}");
    expect(readFileSync(join(folder, ".gitlab-ci.yml"), "utf8")).toBe("mine");
  });

  it("says how its test can run when the project's package.json is of npm init, and says nothing of it else", () => {
    writeFileSync(join(folder, "package.json"), '{ "name": "mine", "type": "commonjs" }');
    expect(createJob({ folder, name: "tidy", template: "watch" }).next[0]).toBe("npm pkg set type=module");
    writeFileSync(join(folder, "package.json"), '{ "name": "mine" }');
    expect(createJob({ folder, name: "tidier", template: "watch" }).next.join()).not.toContain("type=module");
  });

  it.each(["jobs/tidy.ts", "jobs/tidy.test.ts"])("writes nothing when %s exists", (path) => {
    createJob({ folder, name: "tidy", template: "report" });
    rmSync(join(folder, "tsconfig.json"));
    rmSync(join(folder, path === "jobs/tidy.ts" ? "jobs/tidy.test.ts" : "jobs/tidy.ts"));
    expect(() => createJob({ folder, name: "tidy", template: "report" })).toThrow(`${path} exists already`);
    expect(() => readFileSync(join(folder, "tsconfig.json"))).toThrow("ENOENT");
  });

  it("says what to install and how to go on when nothing is installed", () => {
    const { next } = createJob({ folder, name: "tidy", template: "inventory", isInstalled: () => false });
    expect(next).toEqual([
      "npm install --save-dev errand zod typescript @types/node",
      "npx errand check jobs/tidy.ts",
      "node --test jobs/tidy.test.ts",
      "npx errand run jobs/tidy.ts --embedded",
      "npx errand deploy jobs/tidy.ts -n NAMESPACE",
    ]);
  });

  it("has nothing to install when the project has all of it", () => {
    for (const name of ["errand", "zod", "typescript", "@types/node"]) {
      mkdirSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "package.json"), "{}");
    }
    const { next } = createJob({ folder, name: "tidy", template: "inventory" });
    expect(next[0]).toBe("npx errand check jobs/tidy.ts");
  });

  it("offers no run on the embedded cluster when the job is about custom resources", () => {
    const { next } = createJob({ folder, name: "tidy", template: "custom-resource" });
    expect(next.join()).not.toContain("--embedded");
  });

  it.each(["Tidy_Up", "", "../tidy", "a".repeat(53)])("refuses the name when it is %j", (name) => {
    expect(() => createJob({ folder, name, template: "report" })).toThrow();
    expect(() => readFileSync(join(folder, "package.json"))).toThrow("ENOENT");
  });
});
