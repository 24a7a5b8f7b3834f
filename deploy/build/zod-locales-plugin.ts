import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/** In Go's syntax, as esbuild matches it. */
const LOCALE = /[\\/]zod[\\/]v4[\\/]locales[\\/][\w-]+\.c?js$/;
const KEPT = /[\\/](?:index|en)\.c?js$/;

const ABSENT = `export default function () {
  throw new Error("errand left zod's other languages out of the bundle: name z.locales in the job file itself to keep them");
}`;

/**
 * Leaves out the messages of zod in other languages than English, which zod's index exports and no bundler can shake off: 30 KB compressed of
 * every job with parameters. A job file that speaks of `locales` keeps them all; one that reaches them in another way is told so when it asks.
 */
export function zodLocalesPlugin(jobFile: string): Plugin {
  return {
    name: "zod-locales",
    setup(build) {
      if (/\blocales\b/.test(readFileSync(jobFile, "utf8"))) return;
      build.onLoad({ filter: LOCALE }, ({ path }) => (KEPT.test(path) ? null : { contents: ABSENT, loader: "js" }));
    },
  };
}
