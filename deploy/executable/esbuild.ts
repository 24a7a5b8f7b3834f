// What `import … from "esbuild"` means in the executable's command line: esbuild as it was unpacked, since it looks for its program beside itself.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type * as Esbuild from "esbuild";
import { packageFolder } from "../build/package.ts";
import { CommandError } from "../terminal/command-error.ts";

/** As esbuild's. A job file that has no zod of its own, or of a folder above it, gets the executable's. */
export const build: typeof Esbuild.build = async (options) => {
  const folder = dirname(packageFolder());
  const esbuild = createRequire(`${packageFolder()}package.json`)("esbuild") as typeof Esbuild;
  try {
    return await esbuild.build({ ...options, nodePaths: [folder] });
  } catch (error) {
    if (!/\bspawn .* EACCES$/.test(String(error))) throw error;
    throw new CommandError(
      `The file system of ${folder} does not allow programs to run, but errand unpacks esbuild there`,
      {
        hint: "Set XDG_CACHE_HOME to a folder on a file system that is mounted without noexec.",
        cause: error,
      },
    );
  }
};
