import type { Logger } from "../lifecycle/context.ts";
import { toPlain } from "../report/plain-value.ts";
import type { Clock } from "./clock.ts";
import { isoTime } from "./iso-time.ts";
import type { Redactor } from "./redactor.ts";

/** Where a logger writes and what it must not say. */
export interface LoggerOptions {
  /** Takes one line without its line break. */
  readonly writeLine: (line: string) => void;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Fields that every line carries. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Makes a logger of JSON lines: `time`, `level`, `message`, then the fields. Nothing that is given to it can make it throw. */
export function createLogger(options: LoggerOptions): Logger {
  const { writeLine, clock, redactor } = options;
  const write = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const head = { time: isoTime(clock.now()), level, message: String(message) };
    // The head is given twice: first for the order of the keys, last so that no field can pass for another line.
    writeLine(redactor.line(toPlain({ ...head, ...options.fields, ...fields, ...head }, redactor.text)));
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}
