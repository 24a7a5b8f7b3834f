import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareJob } from "../../deploy/prepare.ts";

let folder: string;
const jobFile = (name: string, fields: string, more = ""): string => {
  const path = join(folder, `${name}.ts`);
  writeFileSync(
    path,
    `import { defineJob } from "errand";\n${more}export default defineJob({ access: {}, run() {}, ${fields} });`,
  );
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-prepare-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("prepareJob", () => {
  it("refuses a bundle that no ConfigMap can hold, with what takes the room and what to do", async () => {
    const data = `const data = "${randomBytes(900_000).toString("base64")}";\nconsole.log(data.length);\n`;
    const path = jobFile("large", "", data);
    await expect(prepareJob(path)).rejects.toMatchObject({
      message: expect.stringMatching(/the bundle has 1\.\d MB compressed, and a ConfigMap takes 1\.0 MB$/),
      hint: expect.stringMatching(/large\.ts 1\.2 MB.*errand build/),
    });
    await expect(prepareJob(path, { bundledImage: "sweep:1" })).resolves.toMatchObject({ name: "large" });
  });

  it("names the image by job and revision when its name has places for them", async () => {
    const { settings, bundle } = await prepareJob(jobFile("sweep", ""), { bundledImage: "r.example/{job}:{revision}" });
    expect(settings.bundledImage).toBe(`r.example/sweep:${bundle.hash}`);
  });

  it("refuses a pod that breaks the restricted level, before anything is bundled", async () => {
    const path = jobFile("unsafe", "pod: { spec: { hostNetwork: true } }");
    await expect(prepareJob(path)).rejects.toThrow("restricted Pod Security level: spec.hostNetwork");
  });

  it("refuses a pod that takes over what is errand's own", async () => {
    const path = jobFile("takes", 'pod: { spec: { serviceAccountName: "admin" } }');
    await expect(prepareJob(path)).rejects.toThrow(
      "takes.ts: pod.spec.serviceAccountName: is errand's own: set it in the job file's serviceAccountName",
    );
  });
});
