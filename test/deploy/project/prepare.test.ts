import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validateLocally } from "../../../deploy/project/params.ts";
import { prepareEach, prepareJob, prepareJobs } from "../../../deploy/project/prepare.ts";
import { project } from "../../support/project.ts";

const zod = join(import.meta.dirname, "../../../node_modules/zod/index.js");
const folder = project();

describe("prepareJob", () => {
  it("says what takes the room when the bundle does not fit into a ConfigMap", async () => {
    const file = join(folder, "huge.ts");
    writeFileSync(join(folder, "data.ts"), `export const data = "${randomBytes(1_100_000).toString("base64")}";`);
    writeFileSync(
      file,
      `import { defineJob } from "errand";\nimport { data } from "./data.ts";\nexport default defineJob({ access: {}, run: () => data });`,
    );
    await expect(prepareJob(file)).rejects.toMatchObject({
      message: expect.stringMatching(
        /huge\.ts: the compressed bundle is \d\.\d MB, but a ConfigMap holds at most 1\.0 MB/,
      ),
      hint: expect.stringMatching(/data\.ts 1\.5 MB, errand/),
      exitCode: 64,
    });
  });

  it("accepts a bundle of any size when it is in an image", async () => {
    const data = join(folder, "large-data.ts");
    writeFileSync(data, `export const data = "${randomBytes(1_100_000).toString("base64")}";`);
    const file = jobFile("large", "", 'import { data } from "./large-data.ts";\nconsole.log(data.length);\n');
    await expect(prepareJob(file, { bundledImage: "large:1" })).resolves.toMatchObject({ name: "large" });
  });

  function jobFile(name: string, fields: string, before = ""): string {
    const file = join(folder, `${name}.ts`);
    writeFileSync(
      file,
      `import { defineJob } from "errand";\n${before}export default defineJob({ access: {}, run() {}, ${fields} });`,
    );
    return file;
  }

  it("fills in job and revision in the name of an image", async () => {
    const { settings, bundle } = await prepareJob(jobFile("sweep", ""), { bundledImage: "r.example/{job}:{revision}" });
    expect(settings.bundledImage).toBe(`r.example/sweep:${bundle.hash}`);
  });

  it("loads each file once, and prepares the valid ones when one is not", async () => {
    const log = join(folder, "loads.txt");
    const noting = (name: string, fields: string) =>
      jobFile(
        name,
        fields,
        `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(log)}, "${name} ");\n`,
      );
    const files = [noting("first", ""), noting("wrong", "retries: -1"), noting("last", ""), join(folder, "absent.ts")];
    const prepared = await prepareEach(files);
    expect(prepared.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(readFileSync(log, "utf8")).toBe("first wrong last ");
    await expect(prepareJobs(files)).rejects.toThrow("wrong.ts: retries:");
  });

  it("refuses a pod that breaks the restricted level, before anything is bundled", async () => {
    const file = jobFile("unsafe", "pod: { spec: { hostNetwork: true } }");
    await expect(prepareJob(file)).rejects.toThrow("restricted Pod Security level: spec.hostNetwork");
  });

  it("refuses a pod that sets a field of errand's own", async () => {
    const file = jobFile("takes", 'pod: { spec: { serviceAccountName: "admin" } }');
    await expect(prepareJob(file)).rejects.toThrow(
      "takes.ts: pod.spec.serviceAccountName: is errand's own: set it in the job file's serviceAccountName",
    );
  });
});

describe("validateLocally", () => {
  function writeJob(name: string, params: string): string {
    const file = join(folder, name);
    writeFileSync(
      file,
      `import { defineJob } from "errand";\nimport { z } from ${JSON.stringify(zod)};\nexport default defineJob({ access: {}, ${params} run() {} });`,
    );
    return file;
  }

  it("gives valid parameters", async () => {
    const file = writeJob("good.ts", "params: z.object({ most: z.number().max(9), by: z.string().default('me') }),");
    expect((await validateLocally(file, { param: ["most=3"] })).params).toEqual({ most: 3 });
  });

  it("names the parameter that the schema refuses, and what was expected", async () => {
    const file = writeJob("strict.ts", "params: z.object({ most: z.number().max(9), by: z.string() }),");
    await expect(validateLocally(file, { param: ["most=12"] })).rejects.toMatchObject({
      message: expect.stringMatching(/params\.most: Too big.*\nparams\.by: Invalid input/),
      exitCode: 64,
    });
  });

  it("refuses an unknown parameter even if the schema cannot be written as JSON Schema", async () => {
    const file = writeJob("dates.ts", "params: z.object({ since: z.coerce.date().optional() }),");
    await expect(validateLocally(file, { param: ["sinse=2026-01-01"] })).rejects.toThrow(
      "--param sinse: the job has no such parameter",
    );
  });

  it("refuses any parameter when the job takes none", async () => {
    await expect(validateLocally(writeJob("none.ts", ""), { param: ["a=1"] })).rejects.toThrow(
      "params.a: this job takes no parameters",
    );
  });
});
