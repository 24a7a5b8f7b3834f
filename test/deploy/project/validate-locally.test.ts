import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { validateLocally } from "../../../deploy/project/validate-locally.ts";

const JOB = `import { defineJob } from "errand";
import { z } from "zod";
const key = z.string().refine(() => false, { error: ({ input }) => String(input) + " is bad" });
export default defineJob({ access: {}, params: z.object({ key }), secretParams: ["key"], run() {} });
`;

describe("validateLocally", () => {
  it("quotes no secret parameter, also where the schema's own message does", async () => {
    const folder = mkdtempSync(join(tmpdir(), "errand-validate-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    const file = join(folder, "signs.ts");
    writeFileSync(file, JOB);
    const failing = validateLocally(file, { param: ["key=hunter2-secret"] });
    await expect(failing).rejects.toThrow("params.key: [redacted] is bad");
  });
});
