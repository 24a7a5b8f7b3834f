import { EndedError } from "../report/failure.ts";
import type { Report } from "../report/report.ts";
import type { Run } from "./run.ts";
import { isEchoOf } from "./stop.ts";

/** How a guarded process ends. */
export interface ProcessEnd {
  /** Leaves the report where it belongs: synchronously, since nothing else is left at that time. */
  readonly leave: (report: Report) => void;
  readonly exitCodeOf: (report: Report) => number;
}

/** Signals that mean: stop, and tidy up. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Ties a run to its process, whichever of them ends first. When the run ends, the process exits with the run's exit code. When the process is
 * about to end (an error that nobody caught, `process.exit` in the job, a job that waits for nothing any more), the run ends as whatever
 * happened. SIGTERM and SIGINT cancel the run. Only a process that is killed or crashes leaves no last report.
 *
 * @returns a function that ends the run with an error, and the process with it, before it returns
 */
export function guardProcess(run: Run, { leave, exitCodeOf }: ProcessEnd): (thrown: unknown) => void {
  const exitNow = process.exit.bind(process);
  let isEnding = false;

  function end(report: Report): void {
    if (isEnding) return;
    isEnding = true;
    process.off("exit", onExit);
    try {
      runExitListeners(exitCodeOf(report));
      leave(report);
    } finally {
      exitNow(exitCodeOf(report));
    }
  }

  const abandon = (thrown: unknown): void => end(run.abandon(thrown));
  const listen = (): void => {
    if (!process.listeners("uncaughtException").includes(abandon)) process.on("uncaughtException", abandon);
    // Otherwise Node would print what is thrown, secrets included, and the run would have no end.
    if (!process.listeners("removeListener").includes(keepListening)) process.on("removeListener", keepListening);
  };
  const keepListening = (event: string | symbol, listener: unknown): void => {
    if (event !== "uncaughtException" || listener !== abandon) return;
    listen();
    queueMicrotask(listen); // removeAllListeners goes on after this returns
  };
  const onExit = (code?: number | string | null): void => abandon(processExitError(code, onExit));
  process.exit = onExit as typeof process.exit;
  process.on("exit", onExit); // for code that kept the real process.exit
  process.on("beforeExit", () => abandon(neverSettledError()));
  listen();
  process.on("unhandledRejection", (reason) => {
    // A promise that rejected only because of the signal must not cost the job its grace.
    if (!run.signal.aborted || !isEchoOf(run.signal.reason, reason)) abandon(reason);
  });
  for (const signal of STOP_SIGNALS) process.on(signal, () => run.cancel(signal));
  void run.finished.then(end);
  return abandon;
}

/** What the job registered for its exit runs before the report, which is the last thing that is written. */
function runExitListeners(code: number): void {
  const listeners = process.listeners("exit");
  process.removeAllListeners("exit");
  for (const listener of listeners) {
    try {
      listener.call(process, code);
    } catch {
      // The run already has its outcome.
    }
  }
}

/**
 * The job ended its own process. The stack says where.
 *
 * @param below the function of ours that was called: what stands above it in the stack is the job's
 */
function processExitError(code: number | string | null | undefined, below: () => void): EndedError {
  const error = new EndedError(
    "ProcessExit",
    `the job called process.exit(${code ?? ""}) before its run was over`,
    "Return from `run` to succeed, throw to fail.",
  );
  Error.captureStackTrace(error, below);
  return error;
}

/** Nothing is left that could wake the job: no socket, no timer. */
function neverSettledError(): EndedError {
  const error = new EndedError(
    "NeverSettled",
    "the job's `run` waits for something that can no longer happen",
    "Look for a promise that never resolves: a callback that is never called, or an event that never comes.",
  );
  error.stack = String(error); // nobody called: there is no place to show
  return error;
}
