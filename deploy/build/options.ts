import { basename, dirname } from "node:path";
import type { BuildOptions, Plugin } from "esbuild";
import { MODULE_PATH, MOUNT_PATH } from "./boot.ts";
import { withoutLocalesPlugin, withoutYamlPlugin, zodNamespacePlugin } from "./leave-out.ts";
import { moduleFile } from "./package.ts";
import { statusApartPlugin } from "./status-apart.ts";

/** esbuild's options for a CommonJS module for Node with everything that it imports. */
export function moduleOptions() {
  return {
    // The default is the folder in which esbuild was loaded.
    absWorkingDir: process.cwd(),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // `import()` of bundled modules becomes `require`: code that is compiled from memory has no loader of its own.
    supported: { "dynamic-import": false },
    logLevel: "silent",
    plugins: [errandPlugin()],
  } as const satisfies BuildOptions;
}

/** What differs between builds of jobs. */
export interface JobBuild {
  /** Packages to leave out; they are resolved at run time. */
  readonly external: readonly string[];
  /** Includes the YAML parser, for `apply` of a text. */
  readonly yaml: boolean;
  /** Includes zod's messages in all languages. */
  readonly locales: boolean;
}

/** What each job's module has in common with what stands apart in it. */
export function minifiedOptions() {
  return {
    ...moduleOptions(),
    minify: true,
    legalComments: "none",
    // With a single character beyond Latin-1, V8 needs two bytes for every character of the text: 1.5 MiB.
    charset: "ascii",
    // esbuild's default, and `.node`, which Node tries last.
    resolveExtensions: [".tsx", ".ts", ".jsx", ".js", ".css", ".json", ".node"],
    define: {
      "process.env.NODE_ENV": '"production"',
      __filename: JSON.stringify(MODULE_PATH),
      __dirname: JSON.stringify(MOUNT_PATH),
      "import.meta.filename": JSON.stringify(MODULE_PATH),
      "import.meta.dirname": JSON.stringify(MOUNT_PATH),
      "import.meta.url": JSON.stringify(`file://${MODULE_PATH}`),
    },
  } as const satisfies BuildOptions;
}

/**
 * esbuild's options for a job's module, wherever it is loaded: `check` and `run` see what a pod sees. So `__filename` and the like are those of a pod, also for packages
 * that read them while they load, and names are minified everywhere, for code that looks at the name of a class.
 */
export function jobOptions({ external, yaml, locales }: JobBuild) {
  const options = minifiedOptions();
  return {
    ...options,
    external: external.flatMap((name) => [name, `${name}/*`]),
    plugins: [
      ...options.plugins,
      statusApartPlugin(options),
      addonsPlugin(),
      zodNamespacePlugin(),
      ...(locales ? [] : [withoutLocalesPlugin()]),
      ...(yaml ? [] : [withoutYamlPlugin()]),
    ],
  } as const satisfies BuildOptions;
}

/**
 * Resolves `import … from "errand"` to the runtime of this command line, whatever the job's node_modules contain: what is deployed is what was checked. The virtual
 * entries' name for the runtime is resolved here too, so that their text contains no path of this machine.
 */
function errandPlugin(): Plugin {
  const own: Readonly<Record<string, string>> = {
    errand: moduleFile("runtime/index"),
    "errand/config": moduleFile("deploy/settings/define-config"),
    "errand:runtime": moduleFile("runtime/main"),
  };
  return {
    name: "errand",
    setup(build) {
      build.onResolve({ filter: /^errand(?:[:/]\w+)?$/ }, ({ path }) =>
        Object.hasOwn(own, path) ? { path: own[path] ?? path } : null,
      );
    },
  };
}

/**
 * A native addon is a file for one platform that Node opens by its path, so a bundle cannot contain it. Packages that work without their addon catch the error, as they do
 * where it was not built; others fail with it, here as in the pod.
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

/** The package that a file belongs to, by the last `node_modules` in its path. */
export function packageOf(path: string): string | undefined {
  return /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]?.replace("\\", "/");
}
