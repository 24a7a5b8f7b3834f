const PAUSE_MS = 50;

/** How long a test waits for what Kubernetes does by itself, at most: only a machine on which it never happens waits so long. In milliseconds. */
export const PATIENCE_MS = 300_000;

/** The same, as the client's methods take it. */
export const PATIENCE = `${PATIENCE_MS}ms`;

/**
 * Waits until something is so.
 *
 * @param what a statement, for the error
 * @param holds asks whether it is so
 * @param limitMs how long at most, in milliseconds
 * @throws when it is not so in time
 */
export async function until(what: string, holds: () => Promise<boolean>, limitMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
