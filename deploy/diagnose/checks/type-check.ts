import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { ownNode } from "../../../runtime/embedded/kubelet/command.ts";
import { findStrangersFile } from "../../settings/trusted-files.ts";

/** A compiler that has not ended by then will not, in milliseconds. */
const LIMIT_MS = 120_000;
const OUTPUT_BYTES_MAX = 32 * 2 ** 20;

/** What the project's compiler says of a job file. */
export type TypeCheck =
  | { readonly state: "checked"; readonly compiler: string; readonly errors: readonly string[] }
  /** Why not, for people. */
  | { readonly state: "unchecked"; readonly reason: string };

/**
 * Lets the project's own TypeScript check the types of job files, by the project's own `tsconfig.json`. Projects are checked once, however many of
 * their files are asked for.
 *
 * @returns what it says of each file, in their order
 */
export async function checkTypes(files: readonly string[]): Promise<TypeCheck[]> {
  const outputs = new Map<string, Promise<string>>();
  return Promise.all(
    files.map(async (file): Promise<TypeCheck> => {
      const path = resolve(file);
      const config = findAbove(dirname(path), "tsconfig.json");
      if (config === undefined) return unchecked("there is no tsconfig.json above it");
      const compiler = findCompiler(config);
      if (compiler === undefined) return unchecked("the project has no typescript: npm install --save-dev typescript");
      // The compiler is a program that nobody named.
      const foreign = findStrangersFile(path, [config, compiler.path]);
      if (foreign !== undefined) return unchecked(`${foreign} belongs to another user`);
      const output = outputs.get(config) ?? compile(compiler.path, config);
      outputs.set(config, output);
      return readOutput(await output, path, config, `TypeScript ${compiler.version}`);
    }),
  );
}

function unchecked(reason: string): TypeCheck {
  return { state: "unchecked", reason };
}

function findAbove(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  return above === folder ? undefined : findAbove(above, name);
}

function findCompiler(config: string): { readonly path: string; readonly version: string } | undefined {
  const require = createRequire(config);
  try {
    const manifest = require.resolve("typescript/package.json");
    const { version, bin } = require(manifest) as { version: string; bin: { tsc: string } };
    return { path: join(dirname(manifest), bin.tsc), version };
  } catch {
    return undefined;
  }
}

/** Errors are no failure of the compiler: it ends with 1 or 2 then, and has said them. */
function compile(compiler: string, config: string): Promise<string> {
  const words = [compiler, "--noEmit", "--pretty", "false", "--listFiles", "--project", config];
  const { command, args } = ownNode(words);
  return new Promise((done) => {
    const options = { cwd: dirname(config), timeout: LIMIT_MS, maxBuffer: OUTPUT_BYTES_MAX };
    execFile(command, args, options, (_error, stdout, stderr) => done(`${stdout}${stderr}`));
  });
}

/** Errors stand as `path(line,column): error TS1234: text`, files that were looked at as bare paths. */
function readOutput(output: string, path: string, config: string, compiler: string): TypeCheck {
  const lines = output.split(/\r?\n/);
  if (!lines.some((line) => line !== "" && resolve(line) === path)) {
    // What is wrong with the configuration itself stands in no source file.
    const first = lines.find((line) => /^(?:\S*\.json\(\d+,\d+\): )?error TS/.test(line));
    return unchecked(first ?? `${relative(process.cwd(), config)} does not include it`);
  }
  const errors = lines.filter((line) => {
    const [, file] = /^(.+?)\(\d+,\d+\): error TS\d+/.exec(line) ?? [];
    return file !== undefined && resolve(dirname(config), file) === path;
  });
  return { state: "checked", compiler, errors };
}
