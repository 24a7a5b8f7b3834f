const PAUSE_MS = 50;

/** How long a test waits for what Kubernetes does by itself, at most: only a machine on which it never happens waits so long. In milliseconds. */
export const PATIENCE_MS = 300_000;

/** The same, as the client's methods take it. */
export const PATIENCE = `${PATIENCE_MS}ms`;

/**
 * Waits until a condition holds.
 *
 * @param what a statement, for the error
 * @param holds the condition
 * @param pauseMs between two checks, in milliseconds; longer if a check starts a program, to keep the machine fast
 * @throws {Error} on timeout
 */
export async function until(what: string, holds: () => Promise<boolean>, pauseMs = PAUSE_MS): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
