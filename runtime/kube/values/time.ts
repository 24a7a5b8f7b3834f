/** Waits; rejects with the signal's reason if it aborts. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });

type Maybe = AbortSignal | undefined;

/** A signal that aborts with the first of two, for the same reason. */
export function eitherSignal(one: Maybe, other: AbortSignal): AbortSignal;
export function eitherSignal(one: Maybe, other: Maybe): Maybe;
export function eitherSignal(one: Maybe, other: Maybe): Maybe {
  if (one === undefined || one === other) return other;
  return other === undefined ? one : AbortSignal.any([one, other]);
}

/**
 * Monotonic time in milliseconds. The same as `performance.now()`, but the first use of `performance` makes Node load a dozen modules: half a
 * millisecond of every start.
 */
export function monotonicNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts, unless cancelled before. All callbacks of a signal share one listener: Node searches all of a signal's
 * listeners to add or remove one, and every exchange of a run waits for the run's signal.
 *
 * @returns cancels the callback
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
