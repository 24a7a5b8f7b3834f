import { basename, dirname } from "node:path";
import type { BuildOptions, Plugin } from "esbuild";
import { MODULE_PATH, MOUNT_PATH } from "./boot.ts";
import { withoutLocalesPlugin, withoutYamlPlugin, zodNamespacePlugin } from "./leave-out.ts";
import { moduleFile } from "./package.ts";

/** How files become CommonJS modules for Node, each one with all that it imports. */
export function moduleOptions() {
  return {
    // esbuild's own is where the process was when esbuild was loaded.
    absWorkingDir: process.cwd(),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // `import()` of what is bundled anyway becomes require: code that was compiled from memory has no loader of its own
    supported: { "dynamic-import": false },
    logLevel: "silent",
    plugins: [errandPlugin()],
  } as const satisfies BuildOptions;
}

/** What differs from one build of jobs to another. */
export interface JobBuild {
  /** Packages that are left out, and looked for when they are asked for. */
  readonly external: readonly string[];
  /** Keeps the reader of YAML, for `apply` of a text. */
  readonly yaml: boolean;
  /** Keeps zod's messages in all languages. */
  readonly locales: boolean;
}

/**
 * How a job becomes a module, wherever it is loaded: `check` and `run` see what a pod sees. So where the module lies is what it is in a pod, also for packages that note
 * their own folder while they load, and names are minified everywhere, for code that asks what a class is called.
 */
export function jobOptions({ external, yaml, locales }: JobBuild) {
  const { plugins, ...options } = moduleOptions();
  return {
    ...options,
    minify: true,
    legalComments: "none",
    // One character beyond Latin-1, and V8 holds two bytes for each of the whole text: 1.5 MiB.
    charset: "ascii",
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
    plugins: [
      ...plugins,
      addonsPlugin(),
      zodNamespacePlugin(),
      ...(locales ? [] : [withoutLocalesPlugin()]),
      ...(yaml ? [] : [withoutYamlPlugin()]),
    ],
  } as const satisfies BuildOptions;
}

/**
 * Makes `import … from "errand"` mean the runtime of this very command line, whatever the job's own node_modules hold: what is deployed is
 * then what was checked. The runtime's name for the virtual entries is resolved here too, so that no path of the machine is in their text.
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
