import { existsSync } from "node:fs";
import { dirname, parse, relative, resolve, sep } from "node:path";
import { type BuildFailure, type BuildResult, build, type Message, type Metafile, type Plugin } from "esbuild";
import { CommandError } from "../terminal/command-error.ts";
import { mayApplyText, namesLocales } from "./leave-out.ts";
import { type JobBuild, jobOptions, moduleOptions } from "./options.ts";
import { isJobsOwn } from "./package.ts";
import { ENTRY_NAMESPACE } from "./size-report.ts";

/** A file with everything that it imports, as one module. */
export interface Compiled {
  /** Absolute path. */
  readonly file: string;
  readonly code: Uint8Array;
  /** esbuild's full source map, as JSON; its paths are relative to the file's folder. */
  readonly sourceMap: Uint8Array;
  /** The part of esbuild's metafile about this file. */
  readonly metafile: Metafile;
  /** esbuild's warnings, one line each. */
  readonly warnings: readonly string[];
}

/** What a job is compiled for: to be loaded on this machine, or to be deployed, with the runtime that starts it in its pod. */
export type Purpose = "load" | "deploy";

/** The job is exported as a function, so that an error while its file loads is reported like any other. */
const LOAD = 'export const loadJob = () => require("errand:job").default;\n';
const ENTRIES: Readonly<Record<Purpose, string>> = {
  load: LOAD,
  deploy: `export { runInPod } from "errand:runtime";\n${LOAD}`,
};

/** How many jobs one build has: shared modules are read once for all of them, and their output fits in memory. */
const JOBS_PER_BUILD = 32;

/**
 * Compiles job files, each into one minified module. The same file gives the same bytes, whatever is compiled with it.
 *
 * @param files absolute paths
 * @param external packages to leave out
 * @returns a result for each file, in their order; rejected with a CommandError where esbuild cannot read or resolve something
 */
export async function compileJobs(
  files: readonly string[],
  external: readonly string[],
  purpose: Purpose,
): Promise<PromiseSettledResult<Compiled>[]> {
  const lean = await compileGroups(files, { external, purpose, yaml: purpose === "load" });
  const texts = lean.flatMap((each) =>
    each.status === "fulfilled" && mayNeedYaml(each.value) ? [each.value.file] : [],
  );
  if (purpose === "load" || texts.length === 0) return lean;
  const withYaml = await compileGroups(texts, { external, purpose, yaml: true });
  return lean.map((each, index) => withYaml[texts.indexOf(files[index] ?? "")] ?? each);
}

interface Group extends Omit<JobBuild, "locales"> {
  readonly purpose: Purpose;
}

async function compileGroups(files: readonly string[], group: Group): Promise<PromiseSettledResult<Compiled>[]> {
  const byKind = Map.groupBy(files, (file) => `${namesLocales(file)} ${parse(file).root}`);
  const compiled = await Promise.all(
    [...byKind.values()].flatMap(chunked).map(async (some) => {
      const results = await compileTogether(some, group);
      return some.map((file, index) => [file, results[index]] as const);
    }),
  );
  const byFile = new Map(compiled.flat());
  return files.flatMap((file) => byFile.get(file) ?? []);
}

function chunked(files: readonly string[]): string[][] {
  const count = Math.ceil(files.length / JOBS_PER_BUILD);
  return Array.from({ length: count }, (_, index) => files.slice(index * JOBS_PER_BUILD, (index + 1) * JOBS_PER_BUILD));
}

/** An error in one file fails the whole build. Then each is built alone, and has its own errors. */
async function compileTogether(files: readonly string[], group: Group): Promise<PromiseSettledResult<Compiled>[]> {
  const [whole] = await Promise.allSettled([buildJobs(files, group)]);
  if (whole.status === "fulfilled") return whole.value.map((value) => ({ status: "fulfilled", value }));
  if (files.length === 1) return [{ status: "rejected", reason: explainBuildError(whole.reason) }];
  return (await Promise.all(files.map((file) => compileTogether([file], group)))).flat();
}

async function buildJobs(files: readonly string[], { purpose, ...group }: Group): Promise<Compiled[]> {
  const [first = ""] = files;
  const { plugins, ...options } = jobOptions({ ...group, locales: namesLocales(first) });
  const { root } = parse(first);
  const result = await build({
    ...options,
    // Nothing is written; the names only decide what paths in the source maps are relative to.
    entryPoints: files.map((file) => ({ in: `${ENTRY_NAMESPACE}:${file}`, out: slashed(relative(root, file)) })),
    outdir: root,
    outExtension: { ".js": ".cjs" },
    sourcemap: "external",
    sourcesContent: false,
    plugins: [entriesPlugin(ENTRIES[purpose]), ...plugins],
  });
  return files.map((file) => ofOne(file, `${ENTRY_NAMESPACE}:${file}`, result));
}

/** Each virtual entry is named after its job file, which is what its `errand:job` resolves to. */
function entriesPlugin(contents: string): Plugin {
  const prefix = `${ENTRY_NAMESPACE}:`;
  return {
    name: "entries",
    setup(build) {
      build.onResolve({ filter: /^errand-entry:/ }, ({ path, kind }) =>
        kind === "entry-point" ? { path: path.slice(prefix.length), namespace: ENTRY_NAMESPACE } : null,
      );
      build.onLoad({ filter: /^/, namespace: ENTRY_NAMESPACE }, ({ path }) => ({
        contents,
        resolveDir: dirname(path),
      }));
      build.onResolve({ filter: /^errand:job$/, namespace: ENTRY_NAMESPACE }, ({ importer }) => ({ path: importer }));
    },
  };
}

/** Compiles `errand.config.ts`. @throws {CommandError} for what esbuild cannot read or resolve, with the place */
export async function compileConfig(file: string): Promise<Compiled> {
  try {
    const result = await build({
      ...moduleOptions(),
      entryPoints: [file],
      outfile: `${file}.cjs`,
      sourcemap: "external",
      sourcesContent: false,
    });
    return ofOne(file, metafilePath(file), result);
  } catch (error) {
    throw explainBuildError(error);
  }
}

/**
 * Compiles one of errand's own modules as it compiles jobs, with all that it imports.
 *
 * @param file absolute path
 */
export async function compileOwn(file: string): Promise<Compiled> {
  const { root } = parse(file);
  const result = await build({
    ...jobOptions({ external: [], yaml: false, locales: false }),
    entryPoints: [{ in: file, out: slashed(relative(root, file)) }],
    outdir: root,
    outExtension: { ".js": ".cjs" },
    // The checkout's own settings, wherever the command is run.
    tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "hono/jsx" } },
    sourcemap: "external",
    sourcesContent: false,
  });
  return ofOne(file, metafilePath(file), result);
}

type Result = BuildResult<{ readonly metafile: true; readonly write: false }>;

function ofOne(file: string, entry: string, { outputFiles, metafile, warnings }: Result): Compiled {
  const [name, output] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry) ?? [];
  const contentsOf = (path: string) => outputFiles.find((each) => each.path === path)?.contents;
  const code = contentsOf(resolve(name ?? ""));
  const sourceMap = contentsOf(resolve(`${name}.map`));
  if (name === undefined || output === undefined || code === undefined || sourceMap === undefined) {
    throw new Error(`esbuild wrote no module for ${file}`);
  }
  const inputs = inputsOf(entry, metafile);
  return {
    file,
    code,
    sourceMap,
    metafile: { inputs, outputs: { [name]: output } },
    warnings: warnings.filter(({ location }) => location === null || location.file in inputs).map(textOf),
  };
}

/** Everything that an entry imports, directly or not. */
function inputsOf(entry: string, { inputs }: Metafile): Metafile["inputs"] {
  const found: Metafile["inputs"] = {};
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const input = inputs[path];
    if (input === undefined || path in found) continue;
    found[path] = input;
    waiting.push(...input.imports.map((each) => each.path));
  }
  return found;
}

function mayNeedYaml({ metafile }: Compiled): boolean {
  return mayApplyText(metafile, (path) => isJobsOwn(resolve(path)) && existsSync(path));
}

/** A path as esbuild writes it: relative to the working folder, with slashes. */
export function metafilePath(path: string): string {
  return slashed(relative(process.cwd(), path));
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}

function textOf({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}: ${text}` : text;
}

/** Turns a failed build into a message with a line and place for each error, and a hint. Any other error is returned as it is. */
function explainBuildError(error: unknown): unknown {
  if (!isBuildFailure(error) || error.errors.length === 0) return error;
  const lines = error.errors.map((each) => `${placeOf(each)}${each.text}`);
  return new CommandError(lines.join("\n"), { hint: hintFor(error.errors), cause: error });
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function placeOf({ location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ` : "";
}

function hintFor(errors: readonly Message[]): string | undefined {
  const says = (start: string) => errors.some(({ text }) => text.startsWith(start));
  if (says("Top-level await")) {
    return "A job is bundled as a CommonJS module, which cannot wait while it loads: move the `await` into `run`.";
  }
  if (says("No loader is configured")) {
    return "A bundle can contain JavaScript, TypeScript and JSON. List the package in external in errand.config.ts, and install it in the image.";
  }
  const missing = errors.flatMap(
    ({ text }) => /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(text)?.[1] ?? [],
  );
  if (missing.length === 0) return undefined;
  const names = [...new Set(missing)];
  return `${names.length === 1 ? "Is it" : "Are they"} installed? npm install ${names.join(" ")}`;
}
