import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { mayApplyText, withZodNamespace } from "../../../deploy/build/leave-out.ts";
import { project } from "../../support/project.ts";

const folder = project();

test.each([
  ["await kube.configmaps.apply(text)", true],
  ["await kube.configmaps.apply(`kind: ConfigMap`)", true],
  ["await kube.configmaps?.apply?.(text)", true],
  ["const { apply } = kube.configmaps", true],
  ['kube.configmaps["apply"](text)', true],
  ["await kube.configmaps.apply({ metadata })", false],
  ["await kube.configmaps.apply(\n  { ...object })", false],
  ["await kube.configmaps.patch(name, {}) // to apply what is new", false],
  ["function reapply() {}", false],
])("mayApplyText decides whether %j may pass a text: %s", (code, expected) => {
  const own = join(folder, "job.ts");
  const other = join(folder, "package.ts");
  writeFileSync(own, code);
  writeFileSync(other, "call.apply(self, all)");
  const input = { bytes: 1, imports: [] };
  const metafile = { inputs: { [own]: input, [other]: input }, outputs: {} };
  expect(mayApplyText(metafile, (path) => path !== other)).toBe(expected);
});

describe("withZodNamespace", () => {
  it.each([
    [`import { z } from "zod";`, `import * as z from "zod";`],
    [`import {z} from 'zod'`, `import * as z from "zod"`],
    [`import z from "zod/v4";`, `import * as z from "zod/v4";`],
    [`import { z as schema } from "zod/mini";`, `import * as schema from "zod/mini";`],
    [`import { default as z } from "zod";`, `import * as z from "zod";`],
    [`import { z, ZodError } from "zod";`, `import * as z from "zod"; import { ZodError } from "zod";`],
    [
      `import zod, { type ZodType, z } from "zod";`,
      `import * as z from "zod"; import * as zod from "zod"; import { type ZodType } from "zod";`,
    ],
    [
      `import {\n  z,\n  type ZodType,\n} from "zod";`,
      `import * as z from "zod"; import { type ZodType } from "zod"\n\n\n;`,
    ],
  ])("imports the namespace, in as many lines, instead of %j", async (statement, expected) => {
    const use = `\nexport default [typeof z, typeof zod, typeof schema, ZodError, z, zod, schema];`;
    expect(await withZodNamespace(statement + use, "ts")).toBe(expected + use);
  });

  it.each([
    [`import * as z from "zod";`],
    [`import { ZodError } from "zod";`],
    [`import type { z } from "zod";`],
    [`import type z from "zod";`],
    [`import { z } from "zod-to-json-schema";`],
    [`import { z } from "./zod";`],
    [`// import { z } from "zod";`],
    [`/*\nimport { z } from "zod";\n*/`],
    [`export const text = \`\nimport { z } from "zod";\n\`;`],
    [`import { z from "zod";`],
  ])("leaves a file with %j as it is", async (source) => {
    const text = `${source}\nexport default [ZodError, z];`;
    expect(await withZodNamespace(text, "ts")).toBe(text);
  });

  it("distinguishes an import from the same line in a string", async () => {
    const line = `import { z } from "zod";`;
    const inText = `export const sample = \`\n${line}\n\`;\nexport default z;`;
    expect(await withZodNamespace(`${line}\n${inText}`, "ts")).toBe(`import * as z from "zod";\n${inText}`);
  });
});
