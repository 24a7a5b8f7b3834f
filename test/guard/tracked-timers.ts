/** Ended timers are dropped after every this many new ones. */
const FORGET_AFTER = 1_000;

/** `_destroyed` is Node's own field: nothing public tells that a timer has run or was cleared. */
type Timer = NodeJS.Timeout & { readonly _destroyed?: boolean };

const made = new Set<Timer>();
let nextForgetting = FORGET_AFTER;
let isTracking = false;

/**
 * Keeps track of the timers that this process makes from now on. Node's own list does not tell them from the runner's, which takes its
 * functions before tests are loaded.
 */
export function trackTimers(): void {
  if (isTracking) return;
  isTracking = true;
  globalThis.setTimeout = tracked(globalThis.setTimeout);
  globalThis.setInterval = tracked(globalThis.setInterval);
}

/** How many of them still keep the process alive. */
export function runningTimers(): number {
  for (const timer of made) if (timer._destroyed || !timer.hasRef()) made.delete(timer);
  return made.size;
}

function tracked<Make extends (...parts: never[]) => NodeJS.Timeout>(make: Make): Make {
  return new Proxy(make, {
    apply(target, self, parts: never[]) {
      const timer: unknown = Reflect.apply(target, self, parts);
      // A fake clock's timers are its own.
      if (timer instanceof Object && "hasRef" in timer) made.add(timer as Timer);
      if (made.size > nextForgetting) nextForgetting = runningTimers() + FORGET_AFTER;
      return timer;
    },
  });
}
