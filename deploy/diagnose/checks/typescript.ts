import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { ownNode } from "../../../runtime/embedded/kubelet/command.ts";
import { isRunFromSources, packageFolder } from "../../build/package.ts";

/** A compiler that has not ended by then will not, in milliseconds. */
const LIMIT_MS = 120_000;
const OUTPUT_BYTES_MAX = 32 * 2 ** 20;

/** A project's TypeScript. */
export interface Compiler {
  readonly path: string;
  readonly version: string;
}

/** Finds the TypeScript that a file would import. */
export function findCompiler(file: string): Compiler | undefined {
  const require = createRequire(file);
  try {
    const manifest = require.resolve("typescript/package.json");
    const { version, bin } = require(manifest) as { version: string; bin: { tsc: string } };
    return { path: join(dirname(manifest), bin.tsc), version };
  } catch {
    return undefined;
  }
}

/** Runs a compiler, and gives what it says. */
type RunCompiler = (words: readonly string[]) => Promise<string>;

/** The files that a `tsconfig.json` includes; a text says why it cannot be read. */
export async function projectFiles(run: RunCompiler, config: string): Promise<readonly string[] | string> {
  const output = await run(["--showConfig", "--project", config]);
  try {
    const { files = [] } = JSON.parse(output) as { readonly files?: readonly string[] };
    return files.map((file) => resolve(dirname(config), file));
  } catch {
    return output.split(/\r?\n/).find((line) => line.includes("error TS")) ?? `${config} cannot be read`;
  }
}

/**
 * Checks the job files, and of the project only the declarations with them: a large one would take seconds. Where that finds errors, a source file may declare what is
 * missing, and the whole project has the last word.
 */
export async function checkInProject(
  run: RunCompiler,
  config: string,
  project: readonly string[],
  files: readonly string[],
) {
  const declarations = project.filter((file) => /\.d\.[cm]?ts$/.test(file));
  const narrow = {
    extends: config,
    files: [...files, ...declarations],
    include: [],
    compilerOptions: { ...NOTHING_WRITTEN, typeRoots: typeRootsOf(dirname(config)) },
  };
  const found = await errorsOf(run, narrow, files);
  const isGood = [...found.values()].every((errors) => errors.length === 0);
  return isGood ? found : readErrors(await run(["--noEmit", "--project", config]), files);
}

/** Checks files that no `tsconfig.json` includes. */
export function checkAlone(run: RunCompiler, files: readonly string[]): Promise<Map<string, string[]>> {
  return errorsOf(run, ownConfig(files), files);
}

const NOTHING_WRITTEN = { noEmit: true, composite: false, incremental: false };

/** What can go wrong in a run is an error, what is a matter of taste is not: files outside of a `tsconfig.json` were written without one. */
function ownConfig(files: readonly string[]): object {
  const [first = ""] = files;
  return {
    files,
    compilerOptions: {
      ...NOTHING_WRITTEN,
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      module: "preserve",
      moduleResolution: "bundler",
      moduleDetection: "force",
      allowImportingTsExtensions: true,
      strict: true,
      noImplicitAny: false,
      skipLibCheck: true,
      types: ["node"],
      typeRoots: typeRootsOf(dirname(first)),
      paths: ownPaths(),
    },
  };
}

/** As the bundle has it, whatever the project has installed. */
function ownPaths(): Readonly<Record<string, readonly string[]>> {
  const entries = {
    errand: "runtime/index",
    "errand/kube": "runtime/kube/connect",
    "errand/testing": "runtime/embedded/testing",
    "errand/config": "deploy/settings/define-config",
  };
  const fileOf = (entry: string) => (isRunFromSources() ? `${entry}.ts` : `dist/${entry}.d.ts`);
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, [`${packageFolder()}${fileOf(entry)}`]]),
  );
}

/** Where the compiler looks for `@types`, which it would do from the folder of its configuration on; errand brings those of Node. */
function typeRootsOf(folder: string): string[] {
  const own = createRequire(`${packageFolder()}package.json`).resolve.paths("@types/node") ?? [];
  const places = [...(createRequire(join(folder, "any.ts")).resolve.paths("@types/node") ?? []), ...own];
  return [...new Set(places.map((place) => join(place, "@types")))].filter((place) => existsSync(place));
}

async function errorsOf(run: RunCompiler, config: object, files: readonly string[]): Promise<Map<string, string[]>> {
  const folder = mkdtempSync(join(tmpdir(), "errand-types-"));
  try {
    const path = join(folder, "tsconfig.json");
    writeFileSync(path, JSON.stringify(config));
    return readErrors(await run(["--project", path]), files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `path(line,column): error TS1234: text`, of which the path is from the current folder on. */
export const SOURCE_ERROR = /^(.+?)\((\d+,\d+)\): (error TS\d+: .*)$/;

/** The errors that stand in each of the files, and for all of them what is wrong with the configuration. */
function readErrors(output: string, files: readonly string[]): Map<string, string[]> {
  const lines = output.split(/\r?\n/);
  const general = lines.filter((line) => /^(?:\S*\.json\(\d+,\d+\): )?error TS/.test(line));
  return new Map(
    files.map((file) => {
      const places = [file, realpathSync(file)];
      const own = lines.flatMap((line) => {
        const [, path = "", at, text] = SOURCE_ERROR.exec(line) ?? [];
        return places.includes(resolve(path)) ? [`${relative(process.cwd(), file)}(${at}): ${text}`] : [];
      });
      return [file, own.length > 0 ? own : general.slice(0, 1).map((line) => line.replace(/^.*\.json\(.*?\): /, ""))];
    }),
  );
}

/** Errors are no failure of the compiler: it ends with 1 or 2 then, and has said them. @param signal ends it */
export function compilerRunner({ path }: Compiler, signal: AbortSignal | undefined): RunCompiler {
  return (words) => {
    const { command, args } = ownNode([path, "--pretty", "false", ...words]);
    return new Promise((done) => {
      const options = { timeout: LIMIT_MS, maxBuffer: OUTPUT_BYTES_MAX, ...(signal === undefined ? {} : { signal }) };
      execFile(command, args, options, (_error, stdout, stderr) => done(`${stdout}${stderr}`));
    });
  };
}
