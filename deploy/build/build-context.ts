import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../terminal/command-error.ts";
import type { Bundle } from "./bundle.ts";
import { packageFolder } from "./package.ts";

/** Contents by file name. */
export type ContextFiles = Readonly<Record<string, string | Uint8Array>>;

/** A folder with only these is from an earlier build, and may be overwritten. */
const ENTRIES = ["Dockerfile", "bundle"];

/**
 * What an image is built from: the Dockerfile, and the bundle in a folder that is named after its revision, so that a pod does not start with an image of another
 * revision.
 *
 * @param nodeImage the base image
 */
export function buildContext({ files, hash }: Pick<Bundle, "files" | "hash">, nodeImage: string): ContextFiles {
  const dockerfile = readFileSync(`${packageFolder()}deploy/Dockerfile`, "utf8");
  return {
    Dockerfile: dockerfile.replace(/^ARG NODE_IMAGE=.*$/m, `ARG NODE_IMAGE=${nodeImage}`),
    ...Object.fromEntries(Object.entries(files).map(([name, contents]) => [`bundle/${hash}/${name}`, contents])),
  };
}

/**
 * Writes a build context into a folder of its own.
 *
 * @throws {CommandError} where the folder has anything else; then nothing was written
 */
export function writeContext(folder: string, files: ContextFiles): void {
  const others = existsSync(folder) ? readdirSync(folder).filter((name) => !ENTRIES.includes(name)) : [];
  if (others.length > 0) {
    throw new UsageError(`${folder} contains ${others[0]}, which errand did not write: nothing was written`, {
      hint: "Choose an empty folder with --output-dir.",
    });
  }
  rmSync(join(folder, "bundle"), { recursive: true, force: true });
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
}
