import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadJobFile } from "../../../deploy/project/job-file.ts";
import { project } from "../../support/project.ts";

const folder = project();

function writeJob(name: string, fields: string): string {
  const file = join(folder, name);
  writeFileSync(file, `import { defineJob } from "errand";\nexport default defineJob({ run() {}, ${fields} });\n`);
  return file;
}

describe("loadJobFile", () => {
  it("gives name, definition and resolved rules of a valid file", async () => {
    const job = await loadJobFile(
      writeJob("sweep.ts", `access: { pods: ["list"], "deployments.apps": ["get"] }, retries: 2`),
    );
    expect(job).toMatchObject({ name: "sweep", definition: { retries: 2 } });
    expect(job.rules.map(({ group, resource }) => [group, resource])).toEqual([
      ["", "pods"],
      ["apps", "deployments"],
    ]);
  });

  it("loads modules that the file imports, with the job's own classes", async () => {
    writeFileSync(join(folder, "names.ts"), `export enum Name { One = "one" }`);
    const file = join(folder, "imports.ts");
    writeFileSync(
      file,
      `import { defineJob } from "errand";\nimport { Name } from "./names";\nexport default defineJob({ description: Name.One, access: {}, run() {} });`,
    );
    expect((await loadJobFile(file)).definition.description).toBe("one");
  });

  it("finds every problem at once, with file and field", async () => {
    const file = writeJob("wrong.ts", `access: { podz: ["list"] }, schedule: "0 0 31 2 *", timeout: "5"`);
    await expect(loadJobFile(file)).rejects.toMatchObject({
      exitCode: 64,
      problems: [
        { field: "access.podz", message: expect.stringContaining('did you mean "pods"?') },
        { field: "timeout", message: expect.stringContaining("write a number with a unit") },
        { field: "schedule", message: expect.stringContaining("never occurs") },
      ],
    });
  });

  it("suggests a file name when Kubernetes would not accept the name", async () => {
    await expect(loadJobFile(writeJob("MyJob.ts", "access: {}"))).rejects.toThrow("rename the file to my-job.ts");
  });

  it("fails when there is no such file", async () => {
    await expect(loadJobFile(join(folder, "nope.ts"))).rejects.toThrow(/^Job file .* does not exist/);
    await expect(loadJobFile(folder)).rejects.toThrow(/^Job file .* does not exist/);
  });

  it("fails when the file has no default export", async () => {
    const file = join(folder, "empty.ts");
    writeFileSync(file, "export const job = 1;");
    await expect(loadJobFile(file)).rejects.toThrow("export default: must default-export defineJob(…)");
  });

  it("says what was thrown when the file throws while loading", async () => {
    const file = join(folder, "throws.ts");
    writeFileSync(file, `throw new Error("no token");`);
    await expect(loadJobFile(file)).rejects.toMatchObject({
      message: expect.stringMatching(/throws\.ts threw while loading, at .*throws\.ts:\d+: no token$/),
      hint: expect.stringContaining("into `run`"),
    });
  });

  it("gives the place of a syntax error", async () => {
    const file = join(folder, "broken.ts");
    writeFileSync(file, "export default {");
    await expect(loadJobFile(file)).rejects.toThrow(/broken\.ts:1:17: Expected identifier/);
  });
});
