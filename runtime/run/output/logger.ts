import { toPlain } from "../report/json-value.ts";
import { type Clock, isoTime } from "./clock.ts";
import type { Redactor } from "./redactor.ts";

/** Writes JSON lines to the log, with secrets redacted. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface LoggerOptions {
  /** Without the line break. */
  readonly writeLine: (line: string) => void;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Fields of every line. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Creates a logger of JSON lines: `time`, `level`, `message`, then the fields. It never throws. */
export function createLogger(options: LoggerOptions): Logger {
  const { writeLine, clock, redactor } = options;
  const write = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const head = { time: isoTime(clock.now()), level, message: String(message) };
    // The head comes twice: first for the order of keys, last so that no field can override it.
    writeLine(redactor.line(toPlain({ ...head, ...options.fields, ...fields, ...head }, redactor.text)));
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}
