import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadJobFile } from "../deploy/project/job-file.ts";

const root = resolve(import.meta.dirname, "..");

const documents = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && /^(jobs|runtime|deploy|test)$/.test(entry.name))
  .flatMap(({ name }) =>
    readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((file) => join(name, file)),
  )
  .concat(readdirSync(root))
  .filter((file) => file.endsWith(".md") && !file.includes("node_modules"));

interface Example {
  readonly title: string;
  readonly code: string;
}

/** Job files in the documents: blocks of TypeScript with a default export. */
const examples: Example[] = documents.flatMap((document) =>
  [...readFileSync(join(root, document), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map((match) => match[1] ?? "")
    .filter((code) => code.includes("export default defineJob"))
    .map((code, index) => ({ title: `${document} #${index + 1}`, code })),
);

let folder: string;
const fileOf = (example: Example) => join(folder, `example-${examples.indexOf(example)}.ts`);

beforeAll(async () => {
  // inside node_modules, so that the examples find what a person's project would have installed
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  folder = await mkdtemp(join(root, "node_modules/.cache/examples-"));
  await Promise.all(examples.map((example) => writeFile(fileOf(example), example.code)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a documented job", () => {
  it("exists in the documents", () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples)("is accepted by errand: $title", async (example) => {
    await expect(loadJobFile(fileOf(example))).resolves.toMatchObject({ definition: { kind: "errand/job" } });
  });

  it("has correct types", async () => {
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
      files: examples.map(fileOf),
      include: [],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
    await expect(
      tsc.then(
        () => "",
        (error: { stdout: string }) => error.stdout,
      ),
    ).resolves.toBe("");
  });
});

describe("a link in a document", () => {
  const links = documents.flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      (match) => ({
        document,
        target: relative(root, resolve(root, dirname(document), match[1] ?? "")),
      }),
    ),
  );

  it.each(links)("resolves in $document: $target", ({ target }) => {
    expect(readdirSync(dirname(join(root, target)))).toContain(target.split("/").at(-1));
  });
});

describe("a test title quoted in a document", () => {
  const quoted = documents.flatMap((document) =>
    [
      ...readFileSync(join(root, document), "utf8").matchAll(/\[((?:"[^"]+"(?:, )?)+)\]\(([^)#\s]+\.test\.tsx?)\)/g),
    ].flatMap(([, titles = "", target = ""]) =>
      [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({
        title,
        target: relative(root, resolve(root, dirname(document), target)),
      })),
    ),
  );

  it("exists in the documents", () => {
    expect(quoted.length).toBeGreaterThan(0);
  });

  it.each(quoted)("exists in $target: $title", ({ title, target }) => {
    const source = readFileSync(join(root, target), "utf8");
    for (const part of title.split("…")) expect(source).toContain(part.trim());
  });
});
