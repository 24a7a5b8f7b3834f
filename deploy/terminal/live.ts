import { own, visible } from "./terminal.ts";

const HOME_AND_CLEAR = own("\x1b[H\x1b[2J");

/** A table that changes. */
export interface LiveTable {
  /** The heading, and a line for each of `states`. */
  readonly text: string;
  /** What each line is about, without what changes only because time goes by. */
  readonly states: readonly string[];
  /** Something to know of it for now, which was said on stderr: a table that is redrawn repeats it below. */
  readonly notice?: string | undefined;
}

/**
 * Shows a table that changes, until Ctrl-C: on a terminal in place, elsewhere the heading once, and a line whenever it says something new.
 *
 * @param read makes the table
 * @param change waits until it may have changed, or the signal is aborted
 */
export async function showLive(
  read: () => Promise<LiveTable>,
  change: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const print = process.stdout.isTTY ? redraw : printNews();
  await untilSignal(async (signal) => {
    while (!signal.aborted) {
      print(await read());
      await change(signal);
    }
  });
}

function redraw({ text, notice }: LiveTable): void {
  const below = notice === undefined ? "" : `\n${notice}\n`;
  process.stdout.write(`${HOME_AND_CLEAR}${text}\n${below}`);
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

/** Takes the cursor to the beginning of its line, and clears that. */
const CLEAR_LINE = own("\x1b[1G\x1b[K");

/** A last line on stderr that says how far something is: rewritten in place on a terminal, said anew elsewhere. */
export class StatusLine implements Disposable {
  /** Before anything leads what is printed elsewhere. */
  readonly #stderr = process.stderr;
  readonly #isTerminal = Boolean(process.stderr.isTTY) && process.env.TERM !== "dumb";
  #text = "";
  /** What others print has not ended its line yet. */
  #isLineOpen = false;

  /** Says a line for good; the status stays below it. */
  say(line: string): void {
    this.write(`${this.#isLineOpen ? "\n" : ""}${line}\n`);
  }

  /** Writes what others print; the status stays below its last whole line. */
  write(text: string): void {
    if (text === "") return;
    this.#clear();
    this.#stderr.write(text);
    this.#isLineOpen = !text.endsWith("\n");
    this.#draw();
  }

  show(text: string): void {
    if (!this.#isTerminal) {
      this.say(text);
      return;
    }
    this.#clear();
    // A line that wraps could not be cleared.
    this.#text = visible(text).slice(0, (this.#stderr.columns ?? 80) - 1);
    this.#draw();
  }

  /** What was shown last goes. */
  [Symbol.dispose](): void {
    this.#clear();
    this.#text = "";
  }

  #clear(): void {
    if (this.#text !== "" && !this.#isLineOpen) this.#stderr.write(CLEAR_LINE);
  }

  #draw(): void {
    if (this.#text !== "" && !this.#isLineOpen) this.#stderr.write(this.#text);
  }
}

/** The signals with which terminals, people and service managers end a program. */
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a shell takes for a command that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/**
 * Does something that can be interrupted: the first signal aborts it and lets it end in its own way, the second ends this process at once.
 *
 * @param work given a signal that is aborted when this process is told to end
 */
export async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    // The exit handlers leave neither processes nor files behind.
    if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
    controller.abort();
  };
  for (const name of END_SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of END_SIGNALS) process.off(name, onSignal);
  }
}
