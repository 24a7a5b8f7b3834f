import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { UsageError } from "../../terminal/command-error.ts";
import { type Files, isMarked } from "./manifest-files.ts";

/**
 * Writes files into a folder of their own. What an earlier rendering left there and this one no longer has is removed.
 *
 * @throws {CommandError} where the folder holds a file that errand did not write; then nothing was written
 */
export function writeFiles(folder: string, files: Files): void {
  const present = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ parentPath, name }) => join(parentPath, name))
    : [];
  const other = present.find((path) => !isMarked(readFileSync(path, "utf8")));
  if (other !== undefined) {
    throw new UsageError(
      `${folder} contains ${relative(folder, other)}, which errand did not write: nothing was written`,
      {
        hint: "Give each job its own folder with --output-dir.",
      },
    );
  }
  for (const path of present) if (!(relative(folder, path) in files)) rmSync(path);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
