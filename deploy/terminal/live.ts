import { own, visible } from "./terminal.ts";

const HOME_AND_CLEAR = own("\x1b[H\x1b[2J");

/** A table that changes. */
export interface LiveTable {
  /** The heading, and a line for each of `states`. */
  readonly text: string;
  /** The state behind each line, without what changes only as time goes by. */
  readonly states: readonly string[];
  /** A message that was also written to stderr; a redrawn table repeats it below. */
  readonly notice?: string | undefined;
}

/**
 * Shows a changing table until Ctrl-C: in place on a terminal, elsewhere the heading once and then each line that is new.
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

/** Moves the cursor to the start of its line and clears the line. */
const CLEAR_LINE = own("\x1b[1G\x1b[K");

/** A last line on stderr that shows progress: rewritten in place on a terminal, a new line each time elsewhere. */
export class StatusLine implements Disposable {
  /** Taken before a job's output is redirected. */
  readonly #stderr = process.stderr;
  readonly #isTerminal = Boolean(process.stderr.isTTY) && process.env.TERM !== "dumb";
  #text = "";
  /** The last text that was written has not ended its line. */
  #isLineOpen = false;

  /** Writes a line that stays, above the status. */
  say(line: string): void {
    this.write(`${this.#isLineOpen ? "\n" : ""}${line}\n`);
  }

  /** Writes text of others, above the status, which waits for the end of a line. */
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

  /** Clears the status. */
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

/** The signals by which terminals, people and service managers end a program. */
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit code that shells expect of a command that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/**
 * Runs work that can be interrupted: the first signal aborts it and lets it end cleanly, the second ends this process at once.
 *
 * @param work gets a signal that is aborted when this process is asked to end
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
