import { setTimeout as sleep } from "node:timers/promises";
import { own } from "./terminal.ts";

const INTERVAL_MS = 2_000;
const HOME_AND_CLEAR = own("\x1b[H\x1b[2J");

/** A table that changes. */
export interface LiveTable {
  /** The heading, and a line for each of `states`. */
  readonly text: string;
  /** What each line is about, without what changes only because time goes by. */
  readonly states: readonly string[];
}

/**
 * Shows a table that changes, until Ctrl-C: on a terminal in place, elsewhere the heading once, and a line whenever it says something new.
 *
 * @param read makes the table; asked every two seconds
 */
export async function showLive(read: () => Promise<LiveTable>): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const print = process.stdout.isTTY ? redraw : printNews();
  while (!stop.signal.aborted) {
    print(await read());
    await sleep(INTERVAL_MS, undefined, { signal: stop.signal }).catch(() => {});
  }
  process.off("SIGINT", end).off("SIGTERM", end);
}

function redraw({ text }: LiveTable): void {
  process.stdout.write(`${HOME_AND_CLEAR}${text}\n`);
}

function printNews(): (table: LiveTable) => void {
  let known: ReadonlySet<string> | undefined;
  return ({ text, states }) => {
    const [heading, ...lines] = text.split("\n");
    if (known === undefined) process.stdout.write(`${heading}\n`);
    const news = lines.filter((_, index) => !known?.has(states[index] ?? ""));
    for (const line of news) process.stdout.write(`${line}\n`);
    known = new Set(states);
  };
}
