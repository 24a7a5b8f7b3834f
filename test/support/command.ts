import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** How a command ended, and what it said. */
export interface CommandResult {
  /** The exit code; `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command may be given besides its arguments. */
export interface CommandOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to the command's standard input, which is empty otherwise. */
  readonly input?: string;
  /** Ends the command with SIGTERM when it aborts. */
  readonly signal?: AbortSignal;
  /** Hears what the command writes to its standard output, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** A command that runs. */
export interface StartedCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<CommandResult>;
}

/**
 * Runs a command to its end.
 *
 * @param command the program and its arguments; no shell reads them
 * @param options environment, directory and input
 * @returns how it ended; a code other than 0 is the caller's to judge
 * @throws when the program cannot be started
 */
export function run(command: readonly [string, ...string[]], options: CommandOptions = {}): Promise<CommandResult> {
  return start(command, { ...options, env: { ...process.env, ...options.env } }).ended;
}

/** Starts a command as {@link run} does. @param options the environment is all that the command finds in its own */
export function start(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, input = "", signal, onOutput }: Omit<CommandOptions, "env"> & { readonly env: NodeJS.ProcessEnv },
): StartedCommand {
  const child = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  const stop = () => void child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  // A program that ends without reading its input closes the pipe, which is not an error here.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  child.stdout.on("data", (chunk: Buffer) => onOutput?.(chunk.toString("utf8")));
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      signal?.removeEventListener("abort", stop);
      resolve({ code, stdout: stdout(), stderr: stderr() });
    });
  });
  return { child, ended };
}

/**
 * Runs a command that has to succeed.
 *
 * @param command the program and its arguments
 * @param options as for {@link run}
 * @returns its standard output
 * @throws with the command and what it said on standard error when it ends with anything but 0
 */
export async function mustRun(command: readonly [string, ...string[]], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options);
  if (code === 0) return stdout;
  throw new Error(`\`${command.join(" ")}\` ended with ${code ?? "a signal"}: ${(stderr || stdout).trim()}`);
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
