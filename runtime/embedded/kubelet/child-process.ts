import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";

/** What a process is started with. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Called with each line of output and error output as it comes, without its end. */
  readonly onLine: (line: string) => void;
  /** When it is aborted, the process gets SIGTERM. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may live on after SIGTERM, in milliseconds; then it gets SIGKILL. */
  readonly graceMs: number;
}

/** How a process ended. */
export interface ProcessEnd {
  /** Of a process that a signal ended: 128 and the signal's number, as a container runtime says it. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
}

const SIGNAL_OFFSET = 128;

/**
 * Runs a process to its end, and never leaves it behind: it is killed when this process exits first.
 *
 * @throws {Error} where it cannot be started
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  const { command, args, environment, folder, onLine, signal, graceMs } = options;
  const child = spawn(command, args, {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C reaches it as SIGTERM from here, like a pod that is deleted, and not twice.
    detached: process.platform !== "win32",
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    child.kill("SIGTERM");
    timer ??= setTimeout(kill, graceMs);
  };
  signal?.addEventListener("abort", terminate, { once: true });
  if (signal?.aborted) terminate();
  try {
    const closed = new Promise<ProcessEnd>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, by) => resolve(endOf(code, by)));
    });
    const [end] = await Promise.all([closed, readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
    return end;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", terminate);
    process.off("exit", kill);
    if (child.exitCode === null && child.signalCode === null) kill();
  }
}

function endOf(code: number | null, by: NodeJS.Signals | null): ProcessEnd {
  if (by === null) return { exitCode: code ?? 0 };
  return { exitCode: SIGNAL_OFFSET + constants.signals[by], signal: by };
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
