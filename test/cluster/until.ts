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
 * @param pauseMs between two questions, in milliseconds; longer where a question is a whole program, so that asking does not make the machine slow
 * @throws when it is not so in time
 */
export async function until(what: string, holds: () => Promise<boolean>, pauseMs = PAUSE_MS): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
