import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import { logRequest } from "../requests/reads.ts";
import type { Send } from "../requests/request.ts";
import type { GroupVersionResource, ResolvedTarget } from "../requests/resource.ts";
import type { LogOptions } from "../surface/call-options.ts";
import { readLines } from "../values/lines.ts";
import { eitherSignal, type Sleep } from "../values/time.ts";

/** How long a followed log may be silent before it is reopened, in milliseconds: some kubelets silently stop after a rotation. */
const SILENCE_MS = 300_000;
/** Wait before resuming, in milliseconds. */
const RESUME_MS = 1_000;

interface LogParts {
  readonly send: Send;
  readonly gvr: GroupVersionResource;
  readonly target: ResolvedTarget;
  readonly options: LogOptions;
  readonly sleep: Sleep;
  /** Ends the waits before resuming. */
  readonly signal: AbortSignal | undefined;
  readonly silenceMs?: number;
}

/**
 * Reads a log line by line. A followed log is resumed after a disconnect, and ends when the container ends.
 */
export async function* readLogs(parts: LogParts): AsyncGenerator<string, void, undefined> {
  const position = new LogPosition();
  if (!parts.options.follow || parts.options.limitBytes !== undefined) {
    yield* readOnce(parts, parts.options, position);
    return;
  }
  for (let isFirst = true; ; isFirst = false) {
    let lines = 0;
    let isCut = false;
    try {
      for await (const line of readOnce(parts, resumed(parts.options, position), position)) {
        lines += 1;
        yield line;
      }
    } catch (error) {
      // The pod may be gone by now.
      if (!isFirst && error instanceof ApiError && (error.code === 404 || error.code === 400)) return;
      if (!(error instanceof TransportError) || !error.sent || error.code === "BAD_ANSWER") throw error;
      isCut = true;
    }
    // A clean end means that the container has ended, unless reopening the log yields more lines.
    if (!isCut && lines === 0 && !isFirst) return;
    // Wait between requests for a log that keeps ending.
    if (isCut || !isFirst) await parts.sleep(RESUME_MS, parts.signal);
  }
}

function resumed(options: LogOptions, position: LogPosition): LogOptions {
  if (position.stamp === undefined) return options;
  const { since: _since, tail: _tail, ...rest } = options;
  position.restart();
  return { ...rest, sinceTime: position.stamp };
}

async function* readOnce(
  parts: LogParts,
  options: LogOptions,
  position: LogPosition,
): AsyncGenerator<string, void, undefined> {
  const silence = new AbortController();
  const signal = eitherSignal(options.signal, silence.signal);
  const request = logRequest(parts.gvr, parts.target, { ...options, signal });
  const response = await parts.send(request);
  const watchdog = setInterval(() => {
    silence.abort(
      new TransportError("the log was silent for too long", { code: "SILENT", sent: true, outcomeUnknown: false }),
    );
  }, parts.silenceMs ?? SILENCE_MS).unref();
  try {
    async function* chunks() {
      for await (const chunk of response.body) {
        watchdog.refresh();
        yield chunk;
      }
    }
    for await (const lines of readLines(chunks(), parts.options.maxLineBytes)) {
      for (const { text } of lines) {
        const line = position.take(text);
        if (line !== undefined) yield line;
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TransportError(`logs: ${error.message}`, {
      code: "BAD_ANSWER",
      sent: true,
      outcomeUnknown: false,
      cause: error,
    });
  } finally {
    clearInterval(watchdog);
  }
}

/** `2026-01-01T00:00:00.123456789Z text`: RFC 3339 without trailing zeros. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d) ?/;

/** The position in a log, so that it resumes after a disconnect without losing or repeating a line. */
export class LogPosition {
  #key = "";
  #stamp: string | undefined;
  /** Lines already returned with the last timestamp, which several lines may share, and how often. */
  #given = new Map<string, number>();
  /** How often each of them has come again since the disconnect. */
  #again = new Map<string, number>();

  /** The timestamp of the last line, verbatim. */
  get stamp(): string | undefined {
    return this.#stamp;
  }

  /** The log is read again from `stamp`. */
  restart(): void {
    this.#again = new Map();
  }

  /** The text of a line without its timestamp; undefined if it was already returned. */
  take(line: string): string | undefined {
    const match = STAMPED.exec(line);
    if (match === null) return line;
    const [prefix, seconds = "", fraction = ""] = match;
    const text = line.slice(prefix.length);
    const key = `${seconds}.${fraction.padEnd(9, "0")}`;
    if (key < this.#key) return undefined;
    if (key > this.#key) {
      this.#key = key;
      this.#stamp = prefix.trimEnd();
      this.#given = new Map();
      this.#again = new Map();
    }
    const again = (this.#again.get(text) ?? 0) + 1;
    this.#again.set(text, again);
    if (again <= (this.#given.get(text) ?? 0)) return undefined;
    this.#given.set(text, again);
    return text;
  }
}
