import Module from "node:module";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { createRedactor } from "../../runtime/run/output/redactor.ts";
import { findStrangersFile, safeFolderHint } from "../settings/trusted-files.ts";
import { CommandError } from "../terminal/command-error.ts";
import { guardJobOutput } from "../terminal/job-output.ts";
import { MOUNT_PATH } from "./boot.ts";
import { explainBuildError } from "./build-error.ts";
import { jobOptions, moduleOptions, packageOf } from "./build-options.ts";
import { packageFolder } from "./package.ts";

/**
 * Loads a job file here, as it is loaded in the pod: built with the same options, and run by the same call, so that what cannot be bundled or loaded is found now.
 *
 * @param file absolute path
 * @param external packages that are left out of the bundle; here they are the project's own
 * @param suspects what may hold secrets: which parameters are is known only when the file is loaded
 * @returns what the file exports
 * @throws {CommandError} where it cannot be built, imports what a stranger has put into a folder above it, or throws while it loads
 */
export async function evaluateJobFile(
  file: string,
  external: readonly string[] = [],
  suspects?: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  return await evaluate(file, jobOptions(file, external), suspects);
}

/** Loads `errand.config.ts`. @throws {CommandError} as {@link evaluateJobFile} does */
export async function evaluateConfigFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  return await evaluate(file, moduleOptions(file), undefined);
}

async function evaluate(file: string, options: Options, suspects: unknown): Promise<Readonly<Record<string, unknown>>> {
  const code = await buildForHere(file, options);
  const loaded = new Module(file);
  loaded.filename = file;
  loaded.paths = modulePaths(file);
  const redactor = createRedactor();
  redactor.add(suspects);
  const giveOutputBack = guardJobOutput(redactor);
  const { sourceMapsEnabled, mainModule } = process;
  process.setSourceMapsEnabled(true);
  // What packages take `require.main` for, as in a pod.
  process.mainModule = loaded;
  try {
    // Not documented, and what every loader of this kind calls: only so does Node read the source map, for the job's own stack traces.
    Reflect.get(loaded, "_compile").call(loaded, code, file);
  } catch (error) {
    throw new CommandError(
      `${shown(file)} threw while it was loaded${placeOf(error)}: ${redactor.text(messageOf(error))}`,
      { hint: hintFor(error), cause: error },
    );
  } finally {
    process.setSourceMapsEnabled(sourceMapsEnabled);
    if (mainModule === undefined) delete process.mainModule;
    else process.mainModule = mainModule;
    giveOutputBack();
  }
  return loaded.exports;
}

/** Where packages are looked for that a file asks for, as Node does. */
export function modulePaths(file: string): string[] {
  return Reflect.get(Module, "_nodeModulePaths").call(Module, dirname(file)) as string[];
}

function hintFor(error: unknown): string {
  const { code, path } = Object(error) as { readonly code?: unknown; readonly path?: unknown };
  if (code === "ENOENT" && typeof path === "string" && path.startsWith(`${MOUNT_PATH}/`)) {
    return "A bundle holds code, and not the files beside it: leave the package out, by external in errand.config.ts, and install it in the image.";
  }
  if (code === "MODULE_NOT_FOUND")
    return "Is it installed? What external leaves out of the bundle is needed here as well.";
  return "What stands outside `run` is also loaded on your machine: move what needs the pod or the cluster into `run`.";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The innermost line of the job's own files, which the bundle's source map knows, and the package that threw. Nothing for what is thrown without a stack. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = [...stack.matchAll(/^ +at (?:.*\()?(\/.+|[A-Z]:\\.+):(\d+):\d+\)?$/gm)].filter(
    ([, path]) => path !== import.meta.filename,
  );
  const [, thrower = ""] = frames[0] ?? [];
  const [, path = "", line] = frames.find(([, each = ""]) => packageOf(each) === undefined) ?? [];
  const by = packageOf(thrower);
  return `${path === "" ? "" : `, at ${shown(path)}:${line}`}${by === undefined ? "" : `, in the package ${by}`}`;
}

/** As a person would write it. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

type Options = ReturnType<typeof moduleOptions> | ReturnType<typeof jobOptions>;

async function buildForHere(file: string, options: Options): Promise<string> {
  try {
    const { outputFiles, metafile } = await build({
      ...options,
      plugins: [...options.plugins],
      entryPoints: [file],
      // Nothing is written; the name only says where the paths in the source map begin.
      outfile: `${file}.cjs`,
      sourcemap: "inline",
      sourcesContent: false,
    });
    refuseStrangersFiles(file, metafile);
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    throw explainBuildError(error);
  }
}

/** Packages are looked for in every folder above, and so is the `tsconfig.json` whose `paths` say what an import means: also in those that others may write to. */
function refuseStrangersFiles(file: string, { inputs }: Metafile): void {
  const own = packageFolder();
  const paths = Object.keys(inputs).map((path) => resolve(path));
  const foreign = findStrangersFile(
    file,
    paths.filter((path) => !path.startsWith(own)),
  );
  if (foreign === undefined) return;
  throw new CommandError(`${shown(file)} imports ${foreign}, which belongs to another user: nothing was run`, {
    hint: safeFolderHint(foreign),
  });
}
