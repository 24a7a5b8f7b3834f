import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkTypes } from "../../../../deploy/diagnose/checks/type-check.ts";

const TYPESCRIPT = join(import.meta.dirname, "../../../../node_modules/typescript");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-types-"));
  for (const name of ["with/jobs", "with/node_modules", "without"]) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(TYPESCRIPT, join(folder, "with/node_modules/typescript"));
  for (const name of ["with", "without"]) {
    writeFileSync(join(folder, name, "tsconfig.json"), `{ "compilerOptions": { "types": [] }, "include": ["jobs"] }`);
  }
  writeFileSync(join(folder, "with/jobs/good.ts"), `export default 1;\n`);
  writeFileSync(join(folder, "with/jobs/bad.ts"), `export const count: number = "three";\nexport default count;\n`);
  writeFileSync(join(folder, "with/elsewhere.ts"), `export default 1;\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("checkTypes", () => {
  it("gives each file the errors that are its own", async () => {
    const files = ["good.ts", "bad.ts"].map((name) => join(folder, "with/jobs", name));
    const [good, bad] = await checkTypes(files);
    expect(good).toMatchObject({ state: "checked", compiler: expect.stringMatching(/^TypeScript \d/), errors: [] });
    expect(bad).toMatchObject({ state: "checked", errors: [expect.stringMatching(/bad\.ts\(1,14\): error TS2322/)] });
  });

  it.each([
    [
      "the project's configuration does not include the file",
      "with/elsewhere.ts",
      /tsconfig\.json does not include it/,
    ],
    ["the project has no compiler", "without/jobs/any.ts", /the project has no typescript/],
    ["there is no project", "any.ts", /there is no tsconfig\.json above it/],
  ])("says so when %s", async (_case, file, reason) => {
    expect(await checkTypes([join(folder, file)])).toEqual([
      { state: "unchecked", reason: expect.stringMatching(reason) },
    ]);
  });
});
