import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ACCESS, type ClientExample, EXAMPLES } from "./readme-examples.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** An example as a file of its own, with the client that a job with all this access has. */
function fileOf({ imports, body }: ClientExample): string {
  const own = imports.map(({ names, entry }) => `import { ${names} } from ${JSON.stringify(entry)};\n`);
  const access = JSON.stringify(ACCESS).replaceAll("[", "readonly [");
  return `import type { Kube } from "errand";\n${own.join("")}
export async function example(kube: Kube<${access}, "cluster">): Promise<unknown> {\n${body}\n}\n`;
}

test("the README's client examples have correct types in a job that declares their access", async () => {
  await mkdir(join(ROOT, "node_modules/.cache"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, "node_modules/.cache/client-examples-"));
  try {
    const files = EXAMPLES.map((_example, index) => join(folder, `example-${index}.ts`));
    await Promise.all(EXAMPLES.map((example, index) => writeFile(files[index] ?? "", fileOf(example))));
    const compilerOptions = {
      typeRoots: [join(ROOT, "node_modules/@types")],
      noUnusedLocals: false,
      noUnusedParameters: false,
    };
    const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, files, include: [] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = promisify(execFile)(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]);
    const problems = await tsc.then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    expect(problems).toBe("");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
