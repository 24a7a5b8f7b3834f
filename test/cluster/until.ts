const PAUSE_MS = 50;

/**
 * Waits until something is so.
 *
 * @param what a statement, for the error
 * @param limitMs how long at most, in milliseconds
 * @param holds asks whether it is so
 * @throws when it is not so in time
 */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
