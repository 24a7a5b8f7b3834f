// Stands in for `import … from "esbuild"` in the executable: loads the unpacked esbuild, which looks for its program beside itself.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type * as Esbuild from "esbuild";
import { packageFolder } from "../build/package.ts";
import { CommandError } from "../terminal/command-error.ts";

/** esbuild's `build`. A job file without a zod in its folder or above gets the executable's. */
export const build: typeof Esbuild.build = async (options) => {
  const folder = dirname(packageFolder());
  const esbuild = createRequire(`${packageFolder()}package.json`)("esbuild") as typeof Esbuild;
  try {
    return await esbuild.build({ ...options, nodePaths: [folder] });
  } catch (error) {
    if (!/\bspawn .* EACCES$/.test(String(error))) throw error;
    throw new CommandError(
      `The file system of ${folder} does not allow programs to run, and errand has to run esbuild there`,
      {
        hint: "Set XDG_CACHE_HOME to a folder on a file system that is mounted without noexec.",
        cause: error,
      },
    );
  }
};
