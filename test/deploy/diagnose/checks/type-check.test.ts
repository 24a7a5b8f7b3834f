import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { checkTypes, startTypeCheck } from "../../../../deploy/diagnose/checks/type-check.ts";
import { project } from "../../../support/project.ts";

const TYPESCRIPT = join(import.meta.dirname, "../../../../node_modules/typescript");
const JOB = `import { defineJob } from "errand";
export default defineJob({
  access: { pods: ["list"] },
  async run({ kube }) {
    for await (const pod of kube.pods.list()) console.log(pod.metadata.name);
  },
});
`;
const folder = project();

beforeAll(() => {
  for (const name of ["with/jobs", "with/node_modules", "without"]) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(TYPESCRIPT, join(folder, "with/node_modules/typescript"));
  for (const name of ["with", "without"]) {
    writeFileSync(join(folder, name, "tsconfig.json"), `{ "compilerOptions": { "types": [] }, "include": ["jobs"] }`);
  }
  writeFileSync(join(folder, "with/jobs/good.ts"), `export default 1;\n`);
  writeFileSync(join(folder, "with/jobs/bad.ts"), `export const count: number = "three";\nexport default count;\n`);
  writeFileSync(join(folder, "with/jobs/global.ts"), `export default logo satisfies string;\n`);
  writeFileSync(join(folder, "with/jobs/names.ts"), `export {};\ndeclare global { var logo: string }\n`);
  writeFileSync(join(folder, "with/elsewhere.ts"), JOB);
  mkdirSync(join(folder, "alone/node_modules"), { recursive: true });
  symlinkSync(TYPESCRIPT, join(folder, "alone/node_modules/typescript"));
  writeFileSync(
    join(folder, "alone/typo.ts"),
    JOB.replace("metadata.name", "metadata.nmae").replace("list(", "watch("),
  );
  writeFileSync(join(folder, "alone/plain.js"), JOB);
});
describe("checkTypes", () => {
  it("returns for each file its own errors", async () => {
    const files = ["good.ts", "bad.ts"].map((name) => join(folder, "with/jobs", name));
    const [good, bad] = await checkTypes(files);
    expect(good).toMatchObject({ state: "checked", compiler: expect.stringMatching(/^TypeScript \d/), errors: [] });
    expect(bad).toMatchObject({ state: "checked", errors: [expect.stringMatching(/bad\.ts\(1,14\): error TS2322/)] });
  });

  it.each([
    ["the project has no compiler", "without/jobs/any.ts", /the project has no typescript/],
    ["there is neither a compiler nor a project", "any.ts", /npm install --save-dev typescript/],
  ])("says so when %s", async (_case, file, reason) => {
    expect(await checkTypes([join(folder, file)])).toEqual([
      { state: "unchecked", reason: expect.stringMatching(reason) },
    ]);
  });

  it("knows what another source file of the project declares globally", async () => {
    expect(await checkTypes([join(folder, "with/jobs/global.ts")])).toMatchObject([{ state: "checked", errors: [] }]);
  });

  it("checks files that no tsconfig.json includes with errand's own settings and types", async () => {
    const files = ["with/elsewhere.ts", "alone/typo.ts"].map((name) => join(folder, name));
    expect(await checkTypes(files)).toMatchObject([
      { state: "checked", errors: [] },
      {
        state: "checked",
        errors: [expect.stringMatching(/typo\.ts\(5,\d+\): error TS2339: Property 'watch' does not exist/)],
      },
    ]);
  });
});

describe("startTypeCheck", () => {
  const before = process.env.ERRAND_NO_TYPES;
  afterEach(() => {
    process.env.ERRAND_NO_TYPES = before;
    vi.restoreAllMocks();
  });
  const refuse = async (file: string, types = true) => {
    using check = startTypeCheck([join(folder, file)], { types });
    await check.refuseErrors();
  };

  it("refuses type errors and says how to go on, unless the flag or the environment skips the check", async () => {
    process.env.ERRAND_NO_TYPES = "";
    await expect(refuse("with/jobs/bad.ts")).rejects.toMatchObject({
      message: expect.stringMatching(/bad\.ts\(1,14\): error TS2322/),
      hint: expect.stringContaining("--no-types"),
    });
    await refuse("with/jobs/bad.ts", false);
    process.env.ERRAND_NO_TYPES = "1";
    await refuse("with/jobs/bad.ts");
  });

  it("says how to get a missing compiler, and does not check JavaScript", async () => {
    process.env.ERRAND_NO_TYPES = "";
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await refuse("without/jobs/any.ts");
    await refuse("alone/plain.js");
    expect(said.mock.calls.map(([line]) => line)).toEqual([
      "warning: types are not checked: the project has no typescript: npm install --save-dev typescript\n",
    ]);
  });
});
