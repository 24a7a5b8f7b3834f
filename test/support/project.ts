import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, onTestFinished, TestRunner } from "vitest";

/** Files by their path in the folder; a path that ends with a slash is an empty folder. */
export type ProjectFiles = Readonly<Record<string, string | Uint8Array>>;

/**
 * Creates a temporary folder with these files. It is removed after the test; at the top of a file or `describe`, after its tests.
 * In `beforeEach` it belongs to the test; it does not work in `beforeAll`.
 *
 * @param files the initial files
 * @returns its path, without symbolic links
 */
export function project(files: ProjectFiles = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "errand-test-")));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (TestRunner.getCurrentTest() === undefined) afterAll(remove);
  else onTestFinished(remove);
  writeFiles(folder, files);
  return folder;
}

/** Writes files into a folder, with the folders that they need. */
export function writeFiles(folder: string, files: ProjectFiles): void {
  for (const [path, contents] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(path.endsWith("/") ? target : dirname(target), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(target, contents);
  }
}

/** A job file's text. @param fields of the job, as they stand between braces */
export function jobText(fields = "access: {}, run() {}"): string {
  return `import { defineJob } from "errand";\nexport default defineJob({ ${fields} });\n`;
}
