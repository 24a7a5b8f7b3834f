import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Called with each line of stdout and stderr, without its line break. */
  readonly onLine: (line: string) => void;
  /** On abort, the process gets SIGTERM. */
  readonly signal?: AbortSignal | undefined;
  /** Time from SIGTERM to SIGKILL, in milliseconds. */
  readonly graceMs: number;
}

export interface ProcessEnd {
  /** 128 plus the signal's number if a signal ended the process, as in container runtimes. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
}

const SIGNAL_OFFSET = 128;

/**
 * Runs a process to its end, and kills it if this process exits first.
 *
 * @throws {Error} if it cannot be started
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  const { command, args, environment, folder, onLine, signal, graceMs } = options;
  const child = spawn(command, args, {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group: on Ctrl-C it gets only our SIGTERM, as when its pod is deleted.
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
