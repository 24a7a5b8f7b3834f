import { EndedError } from "../report/failure.ts";
import type { Report } from "../report/report.ts";
import type { Run } from "./run.ts";
import { isEchoOf } from "./stop.ts";

export interface ProcessEnd {
  /** Writes the report; synchronously, because the process is about to exit. */
  readonly leave: (report: Report) => void;
  readonly exitCodeOf: (report: Report) => number;
  /** Keeps the process after its report, until it resolves or a signal comes. Not called where the process cannot stay: after `process.exit`, or a signal. */
  readonly stay?: () => Promise<void> | undefined;
}

/** Signals for a graceful stop. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Ties a run to its process. When the run ends, the process exits with the run's exit code. When the process is about to end (an uncaught error,
 * `process.exit` in the job, an empty event loop), the run ends with that as its error. SIGTERM and SIGINT cancel the run. Only a process that is
 * killed or crashes leaves no final report.
 *
 * @returns a function that ends the run with an error, and the process
 */
export function guardProcess(run: Run, { leave, exitCodeOf, stay }: ProcessEnd): (thrown: unknown) => void {
  const exitNow = process.exit.bind(process);
  let isEnding = false;
  let mayStay = true;
  let staying: Promise<void> | undefined;

  function end(report: Report): void {
    if (isEnding) return;
    isEnding = true;
    process.off("exit", onExit);
    try {
      runExitListeners(exitCodeOf(report));
      leave(report);
      if (mayStay) staying = stay?.();
    } finally {
      if (staying === undefined) exitNow(exitCodeOf(report));
    }
    void staying?.finally(() => exitNow(exitCodeOf(report)));
  }

  function endStay(): void {
    mayStay = false;
    if (staying !== undefined) exitNow(exitCodeOf(run.report()));
  }

  const abandon = (thrown: unknown): void => end(run.abandon(thrown));
  const listen = (): void => {
    if (!process.listeners("uncaughtException").includes(abandon)) process.on("uncaughtException", abandon);
    // Otherwise Node would print the error, secrets included, and the run would have no report.
    if (!process.listeners("removeListener").includes(keepListening)) process.on("removeListener", keepListening);
  };
  const keepListening = (event: string | symbol, listener: unknown): void => {
    if (event !== "uncaughtException" || listener !== abandon) return;
    listen();
    queueMicrotask(listen); // removeAllListeners goes on after this returns
  };
  const onExit = (code?: number | string | null): void => {
    endStay();
    abandon(processExitError(code, onExit));
  };
  process.exit = onExit as typeof process.exit;
  process.on("exit", onExit); // for code that kept the real process.exit
  process.on("beforeExit", () => abandon(neverSettledError()));
  listen();
  process.on("unhandledRejection", (reason) => {
    // A promise that rejects because of the signal must not end the job's grace period.
    if (!run.signal.aborted || !isEchoOf(run.signal.reason, reason)) abandon(reason);
  });
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      endStay();
      run.cancel(signal);
    });
  }
  void run.finished.then(end);
  return abandon;
}

/** The job's own exit listeners run before the report, which is written last. */
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
 * The job ended its own process. The stack shows where.
 *
 * @param below our function that was called: its callers in the stack are the job's
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

/** The event loop is empty: no socket or timer can wake the job. */
function neverSettledError(): EndedError {
  const error = new EndedError(
    "NeverSettled",
    "the job's `run` waits for something that can no longer happen",
    "Look for a promise that never resolves: a callback that is never called, or an event that never comes.",
  );
  error.stack = String(error); // nobody called: there is no place to show
  return error;
}
