import type { LogTail } from "../run/output/log-tail.ts";
import type { Report } from "../run/report/report.ts";

/** A connection on which nothing happens is told so this often, in milliseconds: proxies and port-forwards end silent ones. */
const KEEP_ALIVE_MS = 15_000;
/** Progress is looked at this often, in milliseconds. */
const PROGRESS_MS = 1_000;
/** And told at least this often, so that clocks on a page go on. */
const STATE_MS = 5_000;
/** Lines that are sent at once: what one slow reader can make the pod hold. */
const LINES_PER_CHUNK = 100;

/** One event of https://html.spec.whatwg.org/multipage/server-sent-events.html */
function eventOf(data: string, { event, id }: { readonly event?: string; readonly id?: number } = {}): string {
  const head = `${event === undefined ? "" : `event: ${event}\n`}${id === undefined ? "" : `id: ${id}\n`}`;
  const lines = data.split(/\r\n?|\n/).map((line) => `data: ${line}\n`);
  return `${head}${lines.join("")}\n`;
}

interface Feed {
  /** What there is to say now; undefined: nothing. */
  readonly next: () => string | undefined;
  /** Calls back when there may be something to say. @returns a function that ends it */
  readonly wait: (wake: () => void) => () => void;
  /** Said last, once the run is over and all else is said. */
  readonly last: () => string;
  readonly ended: AbortSignal;
}

/** A stream that makes text only when its reader has room for it, so that slow readers cost the pod nothing. */
function streamOf({ next, wait, last, ended }: Feed): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let isLast = false;
  let stop = (): void => {};

  const changed = (): Promise<"woken" | "silent"> =>
    new Promise((resolve) => {
      const finish = (how: "woken" | "silent") => (): void => {
        stop();
        resolve(how);
      };
      const woken = finish("woken");
      const timer = setTimeout(finish("silent"), KEEP_ALIVE_MS).unref();
      const endWait = wait(woken);
      ended.addEventListener("abort", woken);
      stop = () => {
        clearTimeout(timer);
        endWait();
        ended.removeEventListener("abort", woken);
      };
    });

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (isLast) return controller.close();
        for (;;) {
          const text = next();
          if (text !== undefined) return controller.enqueue(encoder.encode(text));
          if (ended.aborted) break;
          if ((await changed()) === "silent") return controller.enqueue(encoder.encode(":\n\n"));
        }
        isLast = true;
        controller.enqueue(encoder.encode(last()));
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
}

/**
 * The log as events: each line with its number as the event's id, from those that are kept. `gap` says how many lines are missing because they are no longer kept, `end` that the run is over.
 *
 * @param lastId the number of the last line that the reader has, as it comes back in `Last-Event-ID`
 */
export function logEvents(log: LogTail, lastId: number, report: () => Report, ended: AbortSignal) {
  // A reader that has seen more lines than there are has seen those of another attempt.
  let next = lastId < log.next ? lastId + 1 : 1;
  return streamOf({
    ended,
    next: () => {
      const { first, lines } = log.from(next, LINES_PER_CHUNK);
      if (lines.length === 0) return undefined;
      const gap = first > next ? eventOf(JSON.stringify({ missing: first - next }), { event: "gap" }) : "";
      next = first + lines.length;
      return gap + lines.map((line, index) => eventOf(line, { id: first + index })).join("");
    },
    wait: (wake) => log.onWrite(wake),
    last: () => eventOf(JSON.stringify({ outcome: report().outcome }), { event: "end" }),
  });
}

/** What `/events` tells: enough to draw progress, and to know that a page is out of date. */
export function stateOf({ outcome, startedAt, progress, mutations, requests }: Report, log: LogTail) {
  return {
    outcome,
    startedAt,
    ...(progress === undefined ? {} : { progress }),
    mutations,
    requests,
    logLines: log.next - 1,
  };
}

/** Progress as events, at most one a second. @param last makes the data of the event `end` */
export function progressEvents(log: LogTail, report: () => Report, ended: AbortSignal, last: () => string) {
  let told = "";
  let toldAt = Number.NEGATIVE_INFINITY;
  return streamOf({
    ended,
    next: () => {
      const text = JSON.stringify(stateOf(report(), log));
      if (ended.aborted || (text === told && Date.now() - toldAt < STATE_MS)) return undefined;
      told = text;
      toldAt = Date.now();
      return eventOf(text);
    },
    wait: (wake) => {
      const timer = setTimeout(wake, PROGRESS_MS).unref();
      return () => clearTimeout(timer);
    },
    last: () => eventOf(last(), { event: "end" }),
  });
}
