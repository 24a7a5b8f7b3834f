import { constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { Clock } from "../output/clock.ts";
import type { Report } from "../report/report.ts";
import { shortenReport } from "../report/shorten-report.ts";

/** Maximum age of a killed run's last report, in milliseconds; recording more often would slow down the job. */
const RECORD_INTERVAL_MS = 1_000;

/** Storage for the report that outlives the process. */
export interface ReportStore {
  /** Replaces the text atomically: a process killed meanwhile leaves the old or the new text, never a part. */
  replace(text: string): void;
}

/** Stores the report so far, for the case that the process is killed. */
export interface FlightRecorder {
  /** Schedules a record: now if the last one is an interval old, otherwise at the end of the interval. */
  touch(): void;
  /** Stores the final report and stops. */
  finish(report: Report): void;
}

export interface FlightRecorderOptions {
  readonly read: () => Report;
  readonly store: ReportStore;
  readonly clock: Clock;
  /** Called once if a write fails; the run continues. */
  readonly onError: (error: unknown) => void;
}

/** Starts recording: one report now, then at most one per interval while something changes. */
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

/** The file that the kubelet reads as the container's termination message. */
export interface TerminationLog extends ReportStore {
  /** Truncates the padding that `replace` may have left. */
  finish(): void;
}

/**
 * Opens the termination log, which the kubelet has created and mounted. A shorter text is padded with spaces to the previous length, so that a single
 * write replaces all of it: a kill between truncating and writing could leave half. JSON ignores the spaces.
 *
 * @throws if the file cannot be opened for writing
 */
export function openTerminationLog(path: string): TerminationLog {
  // Write-only, because a pod may not read it, and without truncation, which takes milliseconds on some file systems.
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT);
  let bytes = fstatSync(file).size;
  let length = bytes;
  return {
    replace(text) {
      length = Buffer.byteLength(text);
      bytes = Math.max(bytes, length);
      writeSync(file, Buffer.from(text + " ".repeat(bytes - length)), 0, bytes, 0);
    },
    finish: () => {
      if (length < bytes) ftruncateSync(file, length);
    },
  };
}
