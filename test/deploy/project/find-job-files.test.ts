import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findJobFiles } from "../../../deploy/project/job-file.ts";
import { project } from "../../support/project.ts";

const folder = project();
const inFolder = (...names: readonly string[]) => names.map((name) => join(folder, name));

beforeAll(() => {
  for (const name of ["jobs", "jobs/shared", "more", "none"]) mkdirSync(join(folder, name));
  const files = [
    "jobs/b.ts",
    "jobs/a.mts",
    "jobs/a.test.ts",
    "jobs/env.d.ts",
    "jobs/errand.config.ts",
    "jobs/README.md",
  ];
  for (const name of [...files, "jobs/shared/c.ts", "more/b.ts", "none/README.md"])
    writeFileSync(join(folder, name), "");
});
describe("findJobFiles", () => {
  it("takes the sources directly in a folder, except tests, types and configuration", () => {
    expect(findJobFiles(inFolder("jobs"))).toEqual(inFolder("jobs/a.mts", "jobs/b.ts"));
  });

  it("takes named files, each once, and leaves out tests among several", () => {
    expect(findJobFiles(inFolder("jobs/b.ts", "jobs/a.test.ts", "jobs/b.ts"))).toEqual(inFolder("jobs/b.ts"));
    expect(findJobFiles(["nowhere.ts"])).toEqual(["nowhere.ts"]);
  });

  it("refuses two files that would be the same job", () => {
    expect(() => findJobFiles(inFolder("jobs", "more"))).toThrow(
      /jobs\/b\.ts and .*more\/b\.ts would both be the job b/,
    );
  });

  it("refuses several files when all of them are tests", () => {
    expect(() => findJobFiles(["a.test.ts", "b.test.ts"])).toThrow("a.test.ts, b.test.ts: these are tests, not jobs");
  });

  it("fails when a folder has no jobs", () => {
    expect(() => findJobFiles(inFolder("none"))).toThrow(/Folder .*none has no job files/);
  });
});
