/** The signals with which terminals, people and service managers end a program. */
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const INTERRUPTED_EXIT_CODE = 130;

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
