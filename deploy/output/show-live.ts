import { setTimeout as sleep } from "node:timers/promises";

const INTERVAL_MS = 2_000;
const HOME_AND_CLEAR = "\x1b[H\x1b[2J";

/**
 * Shows a text that changes, until Ctrl-C: on a terminal in place, elsewhere only the lines that are new.
 *
 * @param read makes the text; asked every two seconds
 */
export async function showLive(read: () => Promise<string>): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  let shown = "";
  while (!stop.signal.aborted) {
    const text = await read();
    if (text !== shown) write(text, shown);
    shown = text;
    await sleep(INTERVAL_MS, undefined, { signal: stop.signal }).catch(() => {});
  }
  process.off("SIGINT", end).off("SIGTERM", end);
}

function write(text: string, before: string): void {
  if (process.stdout.isTTY) {
    process.stdout.write(`${HOME_AND_CLEAR}${text}\n`);
    return;
  }
  const known = new Set(before.split("\n"));
  for (const line of text.split("\n")) if (!known.has(line)) process.stdout.write(`${line}\n`);
}
