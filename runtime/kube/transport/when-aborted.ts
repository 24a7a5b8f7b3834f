const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal is aborted, unless it is no longer wanted by then. All who wait for one signal share one listener: Node looks through all of a signal's
 * listeners to add or to remove one, and every exchange of a run waits for the run's.
 *
 * @returns says that it is no longer wanted
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  const waiting = callbacks.get(signal) ?? listen(signal);
  waiting.add(callback);
  return () => {
    waiting.delete(callback);
    if (waiting.size > 0 || callbacks.get(signal) !== waiting) return;
    callbacks.delete(signal);
    signal.removeEventListener("abort", tellAll);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  callbacks.set(signal, waiting);
  signal.addEventListener("abort", tellAll, { once: true });
  return waiting;
}

function tellAll(this: AbortSignal): void {
  const waiting = callbacks.get(this);
  callbacks.delete(this);
  for (const callback of waiting ?? []) callback();
}
