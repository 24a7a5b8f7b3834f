import type { Plugin } from "esbuild";
import { configFile, runtimeFile } from "./runtime-file.ts";

/**
 * Makes `import … from "errand"` mean the runtime of this very command line, whatever the job's own node_modules hold: what is deployed is
 * then what was checked. The names for the virtual entry are resolved here too, so that no path of the machine is in its text.
 */
export function errandPlugin(jobFile: string): Plugin {
  const own: Readonly<Record<string, string>> = {
    errand: runtimeFile("index"),
    "errand/config": configFile(),
    "errand:runtime": runtimeFile("main"),
    "errand:job": jobFile,
  };
  return {
    name: "errand",
    setup(build) {
      build.onResolve({ filter: /^errand(?:[:/]\w+)?$/ }, ({ path }) =>
        path in own ? { path: own[path] ?? path } : null,
      );
    },
  };
}
