import { basename, dirname } from "node:path";
import type { BuildOptions, Plugin } from "esbuild";
import { MODULE_PATH, MOUNT_PATH } from "./boot.ts";
import { configFile, runtimeFile } from "./runtime-file.ts";
import { zodLocalesPlugin } from "./zod-locales-plugin.ts";
import { zodNamespacePlugin } from "./zod-namespace-plugin.ts";

/** How a file and what it imports become one CommonJS module for Node. */
export function moduleOptions(file: string) {
  return {
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // `import()` of what is bundled anyway becomes require: code that was compiled from memory has no loader of its own
    supported: { "dynamic-import": false },
    logLevel: "silent",
    plugins: [errandPlugin(file)],
  } as const satisfies BuildOptions;
}

/**
 * How a job becomes a module, wherever it is loaded: `check` and `run` see what a pod sees. So where the module lies is what it is in a pod, also for packages that note
 * their own folder while they load, and names are minified everywhere, for code that asks what a class is called.
 *
 * @param external packages that are left out, and looked for when they are asked for
 */
export function jobOptions(file: string, external: readonly string[]) {
  const { plugins, ...options } = moduleOptions(file);
  return {
    ...options,
    minify: true,
    // esbuild's own, and what Node looks for at last
    resolveExtensions: [".tsx", ".ts", ".jsx", ".js", ".css", ".json", ".node"],
    external: external.flatMap((name) => [name, `${name}/*`]),
    define: {
      "process.env.NODE_ENV": '"production"',
      __filename: JSON.stringify(MODULE_PATH),
      __dirname: JSON.stringify(MOUNT_PATH),
      "import.meta.filename": JSON.stringify(MODULE_PATH),
      "import.meta.dirname": JSON.stringify(MOUNT_PATH),
      "import.meta.url": JSON.stringify(`file://${MODULE_PATH}`),
    },
    plugins: [...plugins, addonsPlugin(), zodNamespacePlugin(), zodLocalesPlugin(file)],
  } as const satisfies BuildOptions;
}

/**
 * Makes `import … from "errand"` mean the runtime of this very command line, whatever the job's own node_modules hold: what is deployed is
 * then what was checked. The names for the virtual entry are resolved here too, so that no path of the machine is in its text.
 */
function errandPlugin(jobFile: string): Plugin {
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

/**
 * A native addon is a file for one machine that Node must open by its path: no bundle can hold one. Packages that can do without theirs catch the error, as they do where it
 * was not built; others end with it, here as in the pod.
 */
function addonsPlugin(): Plugin {
  return {
    name: "addons",
    setup(build) {
      build.onLoad({ filter: /\.node$/ }, ({ path }) => {
        const name = packageOf(path) ?? basename(dirname(path));
        const message = `the native addon ${basename(path)} of ${name} is not in the bundle, which holds JavaScript only: list "${name}" in external, in errand.config.ts, and install it in the image`;
        const error = `Object.assign(new Error(${JSON.stringify(message)}), { code: "ERR_DLOPEN_FAILED" })`;
        return { contents: `throw ${error};`, loader: "js" };
      });
    },
  };
}

/** The package that a file belongs to, by the last folder of packages in its path. */
export function packageOf(path: string): string | undefined {
  return /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]?.replace("\\", "/");
}
