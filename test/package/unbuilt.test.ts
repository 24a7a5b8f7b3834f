import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
/** What a checkout does not have, or has from `npm ci`. */
const MADE = new Set([".git", "node_modules", "dist", "build", "coverage"]);

let folder: string;
let checkout: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-unbuilt-"));
  checkout = join(folder, "checkout");
  cpSync(root, checkout, { recursive: true, filter: (path) => !MADE.has(relative(root, path)) });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function packedFiles(cwd: string, ...flags: readonly string[]): Promise<string[]> {
  const { stdout } = await run("npm", ["pack", "--json", "--dry-run", ...flags], { cwd });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path).sort();
}

test("npm pack builds the whole archive, and prints only its contents on stdout, from an unbuilt or outdated checkout", async () => {
  const built = await packedFiles(root, "--ignore-scripts");
  expect(existsSync(join(checkout, "dist"))).toBe(false);
  expect(await packedFiles(checkout)).toEqual(built);
  mkdirSync(join(checkout, "dist/runtime/gone"), { recursive: true });
  writeFileSync(join(checkout, "dist/runtime/gone/old.js"), "");
  expect(await packedFiles(checkout)).toEqual(built);
});
