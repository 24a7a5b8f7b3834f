import type { Clock } from "../output/clock.ts";
import type { Report } from "../report/report.ts";
import { shortenReport } from "../report/shorten-report.ts";

/** A killed run is known up to this long before its end, in milliseconds; more often would cost the job more than it tells. */
const RECORD_INTERVAL_MS = 1_000;

/** Where a report is left for those who come after the process. */
export interface ReportStore {
  /** Replaces what is there. A process that is killed meanwhile leaves the old text or the new one, never a part. */
  replace(text: string): void;
}

/** Leaves the report so far where it outlives the process. */
export interface FlightRecorder {
  /** Says that something changed: written at once when the last time was an interval ago, and at the end of the interval otherwise. */
  touch(): void;
  /** Leaves the last report, and stops. */
  finish(report: Report): void;
}

export interface FlightRecorderOptions {
  readonly read: () => Report;
  readonly store: ReportStore;
  readonly clock: Clock;
  /** Told once, when the store cannot be written: the run itself goes on. */
  readonly onError: (error: unknown) => void;
}

/** Begins to record: the first report is left now, then one an interval as long as something changes. */
export function startFlightRecorder(options: FlightRecorderOptions): FlightRecorder {
  const { read, store, clock } = options;
  let lastText = "";
  let lastTime = Number.NEGATIVE_INFINITY;
  let state: "recording" | "broken" | "finished" = "recording";
  let callOff = (): void => {};

  function write(report: Report): void {
    const text = JSON.stringify(shortenReport(report));
    if (text === lastText) return;
    lastText = text;
    lastTime = clock.now();
    try {
      store.replace(text);
    } catch (error) {
      state = "broken";
      options.onError(error);
    }
  }

  function recordNow(): void {
    if (state !== "recording") return;
    callOff();
    write(read());
    callOff = clock.after(RECORD_INTERVAL_MS, recordNow);
  }

  recordNow();
  return {
    touch: () => {
      if (clock.now() - lastTime >= RECORD_INTERVAL_MS) recordNow();
    },
    finish: (report) => {
      callOff();
      if (state === "recording") write(report);
      state = "finished";
    },
  };
}
