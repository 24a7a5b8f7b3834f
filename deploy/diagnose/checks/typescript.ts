import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { ownNode } from "../../../runtime/embedded/kubelet/command.ts";
import { isRunFromSources, packageFolder } from "../../build/package.ts";

/** How long the compiler may take, in milliseconds. */
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

/** Runs a compiler and returns its output. */
type RunCompiler = (words: readonly string[]) => Promise<string>;

/** The files that a `tsconfig.json` includes, or a text that says why it cannot be read. */
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
 * Checks the job files with only the declaration files of the project, since a whole large project would take seconds. If that finds errors, another source file may
 * declare what is missing, so the whole project is checked too.
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

/** Strict about what can fail in a run, lenient about style: these files were written without a `tsconfig.json`. */
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

/** The errand that is bundled, whatever the project has installed. */
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

/** Where to look for `@types`: from the given folder up, as the compiler does from its configuration's; then errand's own, which has those of Node. */
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

/** `path(line,column): error TS1234: text`, with a path relative to the current folder. */
export const SOURCE_ERROR = /^(.+?)\((\d+,\d+)\): (error TS\d+: .*)$/;

/** The errors in each file; for a file without any, what is wrong with the configuration. */
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

/** Exit codes 1 and 2 only mean that there are type errors, which the output holds. @param signal ends the compiler */
export function compilerRunner({ path }: Compiler, signal: AbortSignal | undefined): RunCompiler {
  return (words) => {
    const { command, args } = ownNode([path, "--pretty", "false", ...words]);
    return new Promise((done) => {
      const options = { timeout: LIMIT_MS, maxBuffer: OUTPUT_BYTES_MAX, ...(signal === undefined ? {} : { signal }) };
      execFile(command, args, options, (_error, stdout, stderr) => done(`${stdout}${stderr}`));
    });
  };
}
