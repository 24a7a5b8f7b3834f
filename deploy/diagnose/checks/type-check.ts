import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isCarried } from "../../build/package.ts";
import { findStrangersFile } from "../../settings/trusted-files.ts";
import { CommandError } from "../../terminal/command-error.ts";
import { style, talk } from "../../terminal/talk.ts";
import {
  type Compiler,
  checkAlone,
  checkInProject,
  compilerRunner,
  findCompiler,
  projectFiles,
  SOURCE_ERROR,
} from "./typescript.ts";

/** What the project's compiler says about a job file. */
export type TypeCheck =
  | { readonly state: "checked"; readonly compiler: string; readonly errors: readonly string[] }
  /** Why not, in words. */
  | { readonly state: "unchecked"; readonly reason: string };

/** A file and what checks it. */
interface Source {
  readonly path: string;
  readonly compiler: Compiler;
  /** The project's `tsconfig.json`; absent if errand's own settings apply. */
  readonly config?: string | undefined;
}

/**
 * Checks the types of job files with the project's own TypeScript: by its `tsconfig.json` if that includes the file, else with errand's own settings. The compiler runs
 * once for all files that share both.
 *
 * @param signal ends the check; then nothing is found
 * @returns one result per file, in their order
 */
export async function checkTypes(files: readonly string[], signal?: AbortSignal): Promise<TypeCheck[]> {
  const sources = files.map((file) => findSource(resolve(file)));
  const groups = new Map<string, Source[]>();
  for (const file of sources) {
    if ("state" in file) continue;
    const key = JSON.stringify([file.config, file.compiler.path]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const checked = await Promise.all([...groups.values()].map((group) => checkGroup(group, signal)));
  const found = new Map(checked.flatMap((each) => [...each]));
  return sources.map((file) => ("state" in file ? file : (found.get(file.path) ?? unchecked("stopped"))));
}

function unchecked(reason: string): TypeCheck & { readonly state: "unchecked" } {
  return { state: "unchecked", reason };
}

function findSource(path: string): Source | (TypeCheck & { readonly state: "unchecked" }) {
  const config = findAbove(dirname(path), "tsconfig.json");
  const compiler = findCompiler(path);
  if (compiler === undefined) return unchecked("the project has no typescript: npm install --save-dev typescript");
  // Nobody named this program, so it must not be another user's.
  const foreign = findStrangersFile(path, [...(config === undefined ? [] : [config]), compiler.path]);
  return foreign === undefined ? { path, compiler, config } : unchecked(`${foreign} belongs to another user`);
}

function findAbove(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  return above === folder ? undefined : findAbove(above, name);
}

async function checkGroup(group: readonly Source[], signal: AbortSignal | undefined): Promise<Map<string, TypeCheck>> {
  const [{ compiler, config } = { compiler: undefined }] = group;
  if (compiler === undefined) return new Map();
  const run = compilerRunner(compiler, signal);
  const paths = group.map(({ path }) => path);
  const project = config === undefined ? [] : await projectFiles(run, config);
  if (typeof project === "string") return new Map(paths.map((path) => [path, unchecked(project)]));
  const inside = paths.filter((path) => project.includes(path));
  const outside = paths.filter((path) => !project.includes(path));
  const checks = await Promise.all([
    ...(config === undefined || inside.length === 0 ? [] : [checkInProject(run, config, project, inside)]),
    ...(outside.length === 0 ? [] : [checkAlone(run, outside)]),
  ]);
  const name = `TypeScript ${compiler.version}`;
  return new Map(
    checks.flatMap((errors) => [...errors].map(([path, lines]) => [path, readLines(lines, name)] as const)),
  );
}

/** An error outside source files is about the configuration itself. */
function readLines(lines: readonly string[], compiler: string): TypeCheck {
  const first = lines.find((line) => !SOURCE_ERROR.test(line));
  return first === undefined ? { state: "checked", compiler, errors: lines } : unchecked(first);
}

/** A type check that runs beside a command's other work. */
export interface RunningTypeCheck extends Disposable {
  /**
   * Waits for what the compiler finds.
   *
   * @throws {CommandError} with every type error
   */
  refuseErrors(): Promise<void>;
}

/** Skips the check where a compiler has already seen the sources: in CI and in tests. */
const WITHOUT = "ERRAND_NO_TYPES";

/**
 * Starts to check the types of job files that are about to run in a cluster. It ends with the command, which need not wait for it if something else is wrong.
 *
 * @param types false skips the check
 */
export function startTypeCheck(files: readonly string[], { types }: { readonly types: boolean }): RunningTypeCheck {
  const stop = new AbortController();
  const sources = types && !process.env[WITHOUT] ? files.filter((file) => /\.[cm]?ts$/.test(file)) : [];
  const checking = checkTypes(sources, stop.signal);
  // Reported by refuseErrors; until then another error may end the command.
  checking.catch(() => {});
  return {
    async refuseErrors() {
      const checks = await checking;
      const reasons = checks.map((check) => (check.state === "unchecked" ? check.reason : undefined));
      for (const reason of new Set(reasons)) {
        if (reason !== undefined && !isCarried()) talk(`${style.yellow("warning:")} types are not checked: ${reason}`);
      }
      const errors = checks.flatMap((check) => (check.state === "checked" ? check.errors : []));
      if (errors.length === 0) return;
      throw new CommandError(errors.join("\n"), {
        hint: "Nothing was applied or run. Correct the types, or pass --no-types to ignore them.",
      });
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
