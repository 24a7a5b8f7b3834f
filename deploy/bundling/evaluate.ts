import Module from "node:module";
import { isAbsolute, relative, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { createRedactor } from "../../runtime/run/redactor.ts";
import { CommandError } from "../command-error.ts";
import { findStrangersFile, safeFolderHint } from "../config/trusted-files.ts";
import { guardJobOutput } from "../output/job-output.ts";
import { packageFolder } from "../package.ts";
import { explainBuildError } from "./build-error.ts";
import { errandPlugin } from "./errand-plugin.ts";

/**
 * Loads a job file here, the way it is loaded in the pod: bundled as a CommonJS module, so that what cannot be bundled is found now.
 *
 * @param file absolute path
 * @param suspects what may hold secrets: which parameters are is known only when the file is loaded
 * @returns what the file exports
 * @throws {CommandError} where it cannot be built, imports what a stranger has put into a folder above it, or throws while it loads
 */
export async function evaluateJobFile(file: string, suspects?: unknown): Promise<Readonly<Record<string, unknown>>> {
  const code = await buildForHere(file);
  const loaded = new Module(file);
  const redactor = createRedactor();
  redactor.add(suspects);
  const giveOutputBack = guardJobOutput(redactor);
  const { sourceMapsEnabled } = process;
  process.setSourceMapsEnabled(true);
  try {
    // Not documented, and what every loader of this kind calls: only so does Node read the source map, for the job's own stack traces.
    Reflect.get(loaded, "_compile").call(loaded, code, file);
  } catch (error) {
    throw new CommandError(
      `${shown(file)} threw while it was loaded${placeOf(error)}: ${redactor.text(messageOf(error))}`,
      {
        hint: "What stands outside `run` is also loaded on your machine: move what needs the pod or the cluster into `run`.",
        cause: error,
      },
    );
  } finally {
    process.setSourceMapsEnabled(sourceMapsEnabled);
    giveOutputBack();
  }
  return loaded.exports;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The innermost line of the job's own files, which the bundle's source map knows. Nothing for what is thrown without a stack. */
function placeOf(error: unknown): string {
  const frames =
    error instanceof Error ? (error.stack ?? "").matchAll(/^ +at (?:.*\()?(\/.+|[A-Z]:\\.+):(\d+):\d+\)?$/gm) : [];
  for (const [, path = "", line] of frames) {
    if (!path.includes("node_modules") && path !== import.meta.filename) return `, at ${shown(path)}:${line}`;
  }
  return "";
}

/** As a person would write it. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

async function buildForHere(file: string): Promise<string> {
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      platform: "node",
      target: "node24",
      format: "cjs",
      supported: { "dynamic-import": false },
      // Nothing is written; the name only says where the paths in the source map begin.
      outfile: `${file}.cjs`,
      sourcemap: "inline",
      sourcesContent: false,
      metafile: true,
      logLevel: "silent",
      plugins: [errandPlugin(file)],
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
