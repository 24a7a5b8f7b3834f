import { createInterface } from "node:readline/promises";
import { UsageError } from "./command-error.ts";
import { askOnTerminal, visible } from "./terminal.ts";

/** True where a person can be asked. */
export function isPersonThere(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/**
 * Asks the person on the terminal, yes or no; anything but yes is no.
 *
 * @throws {UsageError} where nobody can answer
 */
export async function confirm(question: string): Promise<boolean> {
  if (!isPersonThere()) {
    throw new UsageError("Not a terminal: pass --yes", { hint: `It asks: ${question}` });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await askOnTerminal(() => terminal.question(`${visible(question)} [y/N] `));
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/**
 * Lets the person on the terminal choose.
 *
 * @throws {UsageError} where the person calls it off
 */
export async function pickOne(message: string, names: readonly string[]): Promise<string> {
  const { isCancel, select } = await import("@clack/prompts");
  const options = names.map((name) => ({ value: name, label: visible(name) }));
  // The question is talk: stdout is for the answer.
  const chosen = await askOnTerminal(() => select({ message, options, output: process.stderr, maxItems: 12 }));
  if (isCancel(chosen)) throw new UsageError("Nothing was chosen");
  return chosen;
}
