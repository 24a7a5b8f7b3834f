import { formatDuration } from "../../job/duration.ts";
import type { Clock } from "../output/clock.ts";

/** Why a run has to stop before its job is done. */
export type StopCause =
  | { readonly kind: "timedOut"; readonly timeoutMs: number }
  | { readonly kind: "cancelled"; readonly by: string }
  | { readonly kind: "limited"; readonly error: Error };

/**
 * How long a job may go on after its `signal` was aborted, in milliseconds: enough to end a request and to note where it was. A cancelled run
 * gets more, since what it has begun is tidied up best by itself: two thirds of the 30 s that Kubernetes waits between SIGTERM and SIGKILL.
 */
export const GRACE_MS: Readonly<Record<StopCause["kind"], number>> = {
  timedOut: 2_000,
  limited: 2_000,
  cancelled: 20_000,
};

/** The reason of the job's `signal`, which whatever the job was waiting for then throws. */
class RunStoppedError extends Error {
  override readonly name = "RunStoppedError";
  readonly reason: "TimedOut" | "Cancelled";

  constructor(message: string, reason: "TimedOut" | "Cancelled") {
    super(message);
    this.reason = reason;
  }
}

/** What the reason of the `signal` is: the limit's own error, or what came from outside the job. */
export function reasonOf(cause: StopCause): Error {
  switch (cause.kind) {
    case "limited":
      return cause.error;
    case "timedOut":
      return new RunStoppedError(
        `the run took longer than its timeout of ${formatDuration(cause.timeoutMs)}`,
        "TimedOut",
      );
    case "cancelled":
      return new RunStoppedError(`the run was asked to stop (${cause.by})`, "Cancelled");
  }
}

/** True for what a signal makes its waiters throw: its reason, or an AbortError of those who do not pass the reason on. It says nothing new. */
export function isEchoOf(reason: unknown, thrown: unknown): boolean {
  return (
    thrown === reason ||
    (thrown instanceof Error && (thrown.name === "AbortError" || thrown instanceof RunStoppedError))
  );
}

/** Stops a run once: the first cause is the one that counts. */
export interface Stopper {
  /** What the job and the client watch. */
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  stop(cause: StopCause): void;
  /** Stops the run as timedOut when so many milliseconds have passed from now. */
  stopAfter(milliseconds: number, timeoutMs: number): void;
  /** Stops the run as timedOut now, where it has a timeout. */
  expire(): void;
  /** Stops the run as timedOut where that time has passed without its timer having had a turn: the event loop was blocked. */
  expireIfDue(): void;
  /** Calls off all timers. */
  dispose(): void;
}

/** @param onGraceOver called when the job goes on although it was told to stop and its grace has passed */
export function createStopper(clock: Clock, onGraceOver: (cause: StopCause) => void): Stopper {
  const controller = new AbortController();
  let cause: StopCause | undefined;
  let callOff = (): void => {};
  let expire = (): void => {};
  let dueAt = Number.POSITIVE_INFINITY;

  function stop(given: StopCause): void {
    if (cause !== undefined) return;
    cause = given;
    callOff();
    callOff = clock.after(GRACE_MS[given.kind], () => onGraceOver(given));
    controller.abort(reasonOf(given));
  }

  return {
    signal: controller.signal,
    get cause() {
      return cause;
    },
    stop,
    stopAfter(milliseconds, timeoutMs) {
      if (cause !== undefined) return;
      expire = () => stop({ kind: "timedOut", timeoutMs });
      dueAt = clock.ticks() + milliseconds;
      callOff = clock.after(Math.max(0, milliseconds), expire);
    },
    expire: () => expire(),
    expireIfDue: () => {
      if (clock.ticks() >= dueAt) expire();
    },
    dispose: () => callOff(),
  };
}
