import { join } from "node:path";
import { Readable } from "node:stream";
import { type CommandResult, type StartedCommand, start } from "./command.ts";

/** The command line's entry, for who starts it in another way. */
export const BIN = join(import.meta.dirname, "../../deploy/bin.ts");

export interface ErrandOptions {
  /** Where it is called, and its home: no setting of the machine's person counts. */
  readonly cwd: string;
  /** Added to the few variables that it finds there. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ErrandProcessOptions extends ErrandOptions {
  /** Node's own flags. */
  readonly node?: readonly string[];
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string;
}

/** Starts the command line as a person does, in a process of its own. */
export function startErrand(
  words: readonly string[],
  { node = [], input = "", ...options }: ErrandProcessOptions,
): StartedCommand {
  const command = [process.execPath, ...node, BIN, ...words] as const;
  return start(command, { cwd: options.cwd, env: environment(options), input });
}

/** What is left of this process's environment. */
function environment({ cwd, env }: ErrandOptions): Record<string, string> {
  const kept = ["PATH", "TMPDIR", "NODE_COMPILE_CACHE", "ERRAND_NO_TYPES"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), HOME: cwd, ...env };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command line to its end in this process, in a tenth of what {@link startErrand} takes: for all that does not depend on the process, as signals, pipes,
 * colours and what a job prints do. One after the other, since a process has one working folder.
 */
export function errand(words: readonly string[], options: ErrandOptions): Promise<CommandResult> {
  const ended = last.then(() => runHere(words, options));
  last = ended.catch(() => {});
  return ended;
}

async function runHere(words: readonly string[], options: ErrandOptions): Promise<CommandResult> {
  // It starts its service in the working folder in which it was loaded, and a test's is gone with the test.
  await import("esbuild");
  const { main } = await import("../../deploy/cli.ts");
  const folder = process.cwd();
  const variables = { ...process.env };
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin") ?? {};
  const removeListeners = rememberListeners();
  const said = listen();
  try {
    process.chdir(options.cwd);
    setVariables(environment(options));
    Object.defineProperty(process, "stdin", { value: Readable.from([]), configurable: true });
    await main([process.execPath, BIN, ...words]);
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    heard = undefined;
    Object.defineProperty(process, "stdin", stdin);
    removeListeners();
    setVariables(variables);
    process.chdir(folder);
    process.exitCode = undefined;
  }
}

function setVariables(variables: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
  Object.assign(process.env, variables);
}

/** @returns takes away what has begun to listen since */
function rememberListeners(): () => void {
  const emitters: readonly NodeJS.EventEmitter[] = [process, process.stdout, process.stderr];
  const before = emitters.map(
    (emitter) => new Map(emitter.eventNames().map((name) => [name, emitter.listeners(name)])),
  );
  return () => {
    for (const [index, emitter] of emitters.entries()) {
      for (const name of emitter.eventNames()) {
        const known = before[index]?.get(name) ?? [];
        for (const listener of emitter.listeners(name)) {
          if (!known.includes(listener)) emitter.off(name, listener as () => void);
        }
      }
    }
  };
}

let heard: { stdout: string; stderr: string } | undefined;
let isListening = false;

/** The command line keeps the streams' ways to write that it finds first, so these are put there once and stay. */
function listen(): { stdout: string; stderr: string } {
  for (const name of isListening ? [] : (["stdout", "stderr"] as const)) {
    const write = process[name].write.bind(process[name]) as (...parts: unknown[]) => boolean;
    process[name].write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      if (heard === undefined) return write(chunk, ...rest);
      heard[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      const done = rest.at(-1);
      if (typeof done === "function") done();
      return true;
    }) as NodeJS.WriteStream["write"];
  }
  isListening = true;
  heard = { stdout: "", stderr: "" };
  return heard;
}
