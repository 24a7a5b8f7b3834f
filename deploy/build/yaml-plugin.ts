import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Metafile, Plugin } from "esbuild";

const ABSENT = "?absent";
const IMPORTER = /[\\/]kube[\\/]api[\\/][\w-]+\.[jt]s$/;
const READER = /[\\/]kube[\\/]values[\\/]yaml\.[jt]s$/;
const CONTENTS = `export async function parseYaml() {
  throw new Error("errand left its reader of YAML out of the bundle, because no file of the job calls .apply with a text: import { parseYaml } from \\"errand\\" and apply what it gives");
}`;

/** `apply` of anything but an object that is written there: `.apply(text)`, `["apply"]`, `{ apply } = …`. */
const GIVES_TEXT = /(?:\.\s*apply\b|\[\s*["'`]apply["'`]|\bapply\b[^{}()]*\}\s*=)(?!\s*\(\s*\{)/;

/** Leaves out the reader of YAML that `apply` of a text takes: 25 KB compressed of every job. */
export function withoutYamlPlugin(): Plugin {
  return {
    name: "without-yaml",
    setup(build) {
      build.onResolve({ filter: /^\.\.\/values\/yaml\.[jt]s$/ }, ({ path, importer }) =>
        IMPORTER.test(importer) ? { path: join(dirname(importer), path), suffix: ABSENT } : null,
      );
      build.onLoad({ filter: READER }, ({ suffix }) =>
        suffix === ABSENT ? { contents: CONTENTS, loader: "js" } : null,
      );
    },
  };
}

/**
 * True where a job may give text to `apply`, as far as its own files say: rather once too often than once too seldom.
 *
 * @param isJobs whether a file of the metafile is the job's own, and neither errand's nor a package's
 */
export function mayApplyText(metafile: Metafile, isJobs: (path: string) => boolean): boolean {
  const files = Object.keys(metafile.inputs).filter(isJobs);
  return files.some((path) => GIVES_TEXT.test(readFileSync(path, "utf8")));
}
