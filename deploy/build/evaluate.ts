import Module from "node:module";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { createRedactor } from "../../runtime/run/output/redactor.ts";
import { findStrangersFile, safeFolderHint } from "../settings/trusted-files.ts";
import { CommandError } from "../terminal/command-error.ts";
import { guardJobOutput } from "../terminal/job-output.ts";
import { MOUNT_PATH } from "./boot.ts";
import { type Compiled, compileConfig } from "./compile.ts";
import { packageOf } from "./options.ts";
import { packageFolder } from "./package.ts";
import { ENTRY_NAMESPACE } from "./size-report.ts";

type Exports = Readonly<Record<string, unknown>>;

/**
 * Loads a job on this machine, from the compiled module and in the same way as in the pod, so that a job that cannot be loaded there is found now.
 *
 * @param suspects values that may be secret: which parameters are is known only once the file is loaded
 * @returns the file's default export
 * @throws {CommandError} where it imports a stranger's file from a folder above it, or throws while it loads
 */
export function evaluateJob(job: Compiled, suspects?: unknown): unknown {
  return evaluate(job, suspects, ({ loadJob }) => (loadJob as () => unknown)());
}

/** Loads `errand.config.ts`. @returns its default export @throws {CommandError} as {@link evaluateJob} does, and where it cannot be compiled */
export async function evaluateConfigFile(file: string): Promise<unknown> {
  return evaluate(await compileConfig(file), undefined, (exports) => exports.default);
}

/** @param take reads the result from the module's exports, and may call the author's code */
function evaluate(
  { file, code, sourceMap, metafile }: Compiled,
  suspects: unknown,
  take: (exports: Exports) => unknown,
) {
  refuseStrangersFiles(file, Object.keys(metafile.inputs));
  const loaded = new Module(file);
  loaded.filename = file;
  loaded.paths = modulePaths(file);
  const redactor = createRedactor();
  redactor.add(suspects);
  const giveOutputBack = guardJobOutput(redactor);
  const { sourceMapsEnabled, mainModule } = process;
  process.setSourceMapsEnabled(true);
  // Some packages look at `require.main`; it is the same in a pod.
  process.mainModule = loaded;
  try {
    // Undocumented, but every loader of this kind calls it: only this way does Node read the source map, for the job's stack traces.
    Reflect.get(loaded, "_compile").call(loaded, `${textOf(code)}\n${commentWith(sourceMap)}`, file);
    return take(loaded.exports as Exports);
  } catch (error) {
    throw new CommandError(`${shown(file)} threw while loading${placeOf(error)}: ${redactor.text(messageOf(error))}`, {
      hint: hintFor(error),
      cause: error,
    });
  } finally {
    process.setSourceMapsEnabled(sourceMapsEnabled);
    if (mainModule === undefined) delete process.mainModule;
    else process.mainModule = mainModule;
    giveOutputBack();
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function commentWith(sourceMap: Uint8Array): string {
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(sourceMap).toString("base64")}`;
}

/** Where Node looks for packages that a file imports. */
export function modulePaths(file: string): string[] {
  return Reflect.get(Module, "_nodeModulePaths").call(Module, dirname(file)) as string[];
}

function hintFor(error: unknown): string {
  const { code, path } = Object(error) as { readonly code?: unknown; readonly path?: unknown };
  if (code === "ENOENT" && typeof path === "string" && path.startsWith(`${MOUNT_PATH}/`)) {
    return "A bundle contains code but not the files beside it. List the package in external in errand.config.ts, and install it in the image.";
  }
  if (code === "MODULE_NOT_FOUND") return "Is it installed? Packages in external are needed on this machine too.";
  return "Code outside `run` also runs on your machine: move code that needs the pod or the cluster into `run`.";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The innermost line of the job's own files on the stack, and the package that threw. Empty without a stack. */
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

/** A path as a person would write it. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

/** Imports are resolved with packages and the `tsconfig.json` of every folder above, including folders that others can write to. */
function refuseStrangersFiles(file: string, inputs: readonly string[]): void {
  const own = packageFolder();
  const paths = inputs.filter((path) => !path.startsWith(`${ENTRY_NAMESPACE}:`)).map((path) => resolve(path));
  const foreign = findStrangersFile(
    file,
    paths.filter((path) => !path.startsWith(own)),
  );
  if (foreign === undefined) return;
  throw new CommandError(`${shown(file)} imports ${foreign}, which belongs to another user: nothing was run`, {
    hint: safeFolderHint(foreign),
  });
}
