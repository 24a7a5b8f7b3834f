import { describe, expect, it } from "vitest";
import { withZodNamespace } from "../../../deploy/build/zod-namespace-plugin.ts";

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
  ])("imports the namespace, in as many lines, when a file says %j", async (statement, expected) => {
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
  ])("leaves a file as it is when it says %j", async (source) => {
    const text = `${source}\nexport default [ZodError, z];`;
    expect(await withZodNamespace(text, "ts")).toBe(text);
  });

  it("tells an import from the same line in a text when a file has both", async () => {
    const line = `import { z } from "zod";`;
    const inText = `export const sample = \`\n${line}\n\`;\nexport default z;`;
    expect(await withZodNamespace(`${line}\n${inText}`, "ts")).toBe(`import * as z from "zod";\n${inText}`);
  });
});
