import { constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { Clock } from "../output/clock.ts";
import type { Report } from "../report/report.ts";
import { shortenReport } from "../report/shorten-report.ts";

/** A killed run is known up to this long before its end, in milliseconds; recording more often would cost the job more than it tells. */
const RECORD_INTERVAL_MS = 1_000;

/** Where a report is left for those who come after the process. */
export interface ReportStore {
  /** Replaces what is there. A process that is killed meanwhile leaves the old text or the new one, never a part. */
  replace(text: string): void;
}

/** Leaves the report so far where it outlives the process. */
export interface FlightRecorder {
  /** Says that something changed. It is recorded at once if the last record is an interval old, and at the end of the interval otherwise. */
  touch(): void;
  /** Leaves the last report, and stops. */
  finish(report: Report): void;
}

export interface FlightRecorderOptions {
  readonly read: () => Report;
  readonly store: ReportStore;
  readonly clock: Clock;
  /** Called once if the store cannot be written to: the run itself goes on. */
  readonly onError: (error: unknown) => void;
}

/** Begins to record: the first report is left now, then one an interval for as long as something changes. */
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

/** The file from which the kubelet reads the container's termination message. */
export interface TerminationLog extends ReportStore {
  /** Leaves the last text without the spaces that `replace` may leave behind it. */
  finish(): void;
}

/**
 * Opens the termination log, which the kubelet has created and mounted. A shorter text is padded with spaces to the length of the one before it:
 * a single write then replaces it all, and a kill between truncating and writing cannot leave half of it. JSON ignores the spaces.
 *
 * @throws if the file cannot be opened for writing
 */
export function openTerminationLog(path: string): TerminationLog {
  // Not opened for reading, which a pod may not do, and not truncated: on some file systems that alone takes milliseconds.
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
