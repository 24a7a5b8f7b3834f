import type { Json } from "../../job/definition.ts";
import { systemClock } from "../output/clock.ts";
import { createRedactor } from "../output/redactor.ts";
import { classifyFailure } from "../report/failure.ts";
import type { Report } from "../report/report.ts";
import { carryOut } from "./carry-out.ts";
import { type Ending, endingOfStop, type Reaction } from "./ending.ts";
import type { RunOptions } from "./run-options.ts";
import { createRunRecord } from "./run-record.ts";
import { createStopper } from "./stop.ts";

/** A run that goes on. */
export interface RunHandle {
  /** The report so far, or the last one. */
  report(): Report;
  /** What the job watches. */
  readonly signal: AbortSignal;
  /** Resolves when the run has ended; never rejects. */
  readonly finished: Promise<Report>;
  /** Aborts the job's `signal`, and gives the job its grace. @param by who asks, such as SIGTERM */
  cancel(by: string): void;
  /** Times the run out, where nobody gave its own timer a turn. Before the job is loaded there is no timeout, and nothing happens. */
  expire(): void;
  /** Ends the run at once by an error, whatever its job is doing; a run that was being stopped ends as stopped. @returns the last report */
  abandon(thrown: unknown): Report;
}

/** Kilobytes are what getrusage counts in. */
const BYTES_PER_KIB = 1_024;

/** Begins a run. Touches nothing of the process: signals, exit and files are its caller's. */
export function startRun(options: RunOptions): RunHandle {
  const clock = options.clock ?? systemClock;
  const redactor = options.redactor ?? createRedactor();
  const peakMemoryBytes = options.peakMemoryBytes ?? (() => process.resourceUsage().maxRSS * BYTES_PER_KIB);
  const record = createRunRecord(options, { clock, redactor, peakMemoryBytes });
  const { promise: finished, resolve } = Promise.withResolvers<Report>();
  const stopper = createStopper(clock, (cause) => settle(endingOfStop(cause, { kind: "ignored" })));
  let final: Report | undefined;

  function settle(ending: Ending): Report {
    if (final !== undefined) return final;
    stopper.dispose();
    final = record.end(record.pass === "rehearsal" ? explainRehearsal(ending) : ending);
    resolve(final);
    return final;
  }

  function settleAs(reaction: Exclude<Reaction, { kind: "ignored" }>): Report {
    stopper.expireIfDue();
    if (stopper.cause !== undefined) return settle(endingOfStop(stopper.cause, reaction));
    if (reaction.kind === "threw") return settle(classifyFailure(reaction.thrown));
    return settle({ outcome: "succeeded", result: reaction.result });
  }

  /** Not before the caller has the handle: what the job does while it loads may already need it. */
  const begin = (): Promise<Json | undefined> => carryOut(options, { clock, redactor, record, stopper });

  Promise.resolve()
    .then(begin)
    .then(
      (result: Json | undefined) => settleAs({ kind: "returned", result }),
      (thrown: unknown) => settleAs({ kind: "threw", thrown }),
    );

  return {
    report: record.report,
    signal: stopper.signal,
    finished,
    cancel: (by) => stopper.stop({ kind: "cancelled", by }),
    expire: stopper.expire,
    abandon: (thrown) => settleAs({ kind: "threw", thrown }),
  };
}

/** A job that failed in its rehearsal may be right all the same: what it wrote there cannot be read back. */
function explainRehearsal(ending: Ending): Ending {
  if (ending.outcome !== "failed" || ending.error.hint !== undefined) return ending;
  const hint =
    "It failed in its rehearsal, a dry run: nothing was changed. A job that reads what it wrote needs `rehearse: false`.";
  return { ...ending, error: { ...ending.error, hint } };
}
