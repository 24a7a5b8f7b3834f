import { neverSettledError, processExitError } from "../report/ended-error.ts";
import type { Report } from "../report/report.ts";
import type { RunHandle } from "./start-run.ts";
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
 * about to end (an error that nobody caught, `process.exit` inside the job, a job that waits for nothing any more), the run ends as what
 * happened. SIGTERM and SIGINT cancel the run. Only a process that is killed or crashes leaves no last report.
 *
 * @returns ends the run by an error, and the process with it, before it comes back
 */
export function guardProcess(run: RunHandle, { leave, exitCodeOf }: ProcessEnd): (thrown: unknown) => void {
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
    // Else Node would print what is thrown, secrets included, and the run had no end.
    if (!process.listeners("removeListener").includes(keepListening)) process.on("removeListener", keepListening);
  };
  const keepListening = (event: string | symbol, listener: unknown): void => {
    if (event !== "uncaughtException" || listener !== abandon) return;
    listen();
    queueMicrotask(listen); // all listeners of all events are only gone when this has returned
  };
  const onExit = (code?: number | string | null): void => abandon(processExitError(code, onExit));
  process.exit = onExit as typeof process.exit;
  process.on("exit", onExit); // for who has kept the true process.exit
  process.on("beforeExit", () => abandon(neverSettledError()));
  listen();
  process.on("unhandledRejection", (reason) => {
    // A promise that only its signal made reject must not take the job's grace from it.
    if (!run.signal.aborted || !isEchoOf(run.signal.reason, reason)) abandon(reason);
  });
  for (const signal of STOP_SIGNALS) process.on(signal, () => run.cancel(signal));
  void run.finished.then(end);
  return abandon;
}

/** What the job wanted to do at exit is done before the report, which is the last thing that is said. */
function runExitListeners(code: number): void {
  const listeners = process.listeners("exit");
  process.removeAllListeners("exit");
  for (const listener of listeners) {
    try {
      listener.call(process, code);
    } catch {
      // The run has its outcome already.
    }
  }
}
