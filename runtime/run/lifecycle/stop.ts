import type { Json } from "../../job/definition.ts";
import { formatDuration } from "../../job/duration.ts";
import type { Clock } from "../output/clock.ts";
import { classifyFailure, type Ending, messageOf } from "../report/failure.ts";
import type { ReportError } from "../report/report.ts";

/** Why a run has to stop before its job is done. */
export type StopCause =
  | { readonly kind: "timedOut"; readonly timeoutMs: number }
  | { readonly kind: "cancelled"; readonly by: string }
  | { readonly kind: "limited"; readonly error: Error };

/**
 * How long a job may go on after its `signal` was aborted, in milliseconds: enough to end a request and to note where it was. A cancelled run
 * gets more, since only the job can tidy up what it has begun: two thirds of the 30 s that Kubernetes waits between SIGTERM and SIGKILL.
 */
export const GRACE_MS: Readonly<Record<StopCause["kind"], number>> = {
  timedOut: 2_000,
  limited: 2_000,
  cancelled: 20_000,
};

/** Stops a run once: the first cause is the one that counts. */
export interface Stopper {
  /** What the job and the client watch. */
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  stop(cause: StopCause): void;
  /** Stops the run as timedOut once so many milliseconds have passed from now. */
  stopAfter(milliseconds: number, timeoutMs: number): void;
  /** Stops the run as timedOut now, where it has a timeout. */
  expire(): void;
  /** Stops the run as timedOut where its time is up but its timer has had no turn: the event loop was blocked. */
  expireIfDue(): void;
  /** Cancels all timers. */
  dispose(): void;
}

/** @param onGraceOver called when the job still goes on after its grace */
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

/** The reason of the job's `signal`, which is what everything the job was waiting for then throws. */
class RunStoppedError extends Error {
  override readonly name = "RunStoppedError";
  readonly reason: "TimedOut" | "Cancelled";

  constructor(message: string, reason: "TimedOut" | "Cancelled") {
    super(message);
    this.reason = reason;
  }
}

/** What becomes the reason of the `signal`: the limit's own error, or what came from outside the job. */
function reasonOf(cause: StopCause): Error {
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

/** True for what a signal makes its waiters throw: its reason, or the AbortError of code that does not pass the reason on. It says nothing new. */
export function isEchoOf(reason: unknown, thrown: unknown): boolean {
  return (
    thrown === reason ||
    (thrown instanceof Error && (thrown.name === "AbortError" || thrown instanceof RunStoppedError))
  );
}

/** What a job did after it was told to stop. */
export type Reaction =
  | { readonly kind: "returned"; readonly result: Json | undefined }
  | { readonly kind: "threw"; readonly thrown: unknown }
  | { readonly kind: "ignored" };

/** The ending of a run that was stopped: its cause counts, whatever the job did about it. */
export function endingOfStop(cause: StopCause, reaction: Reaction): Ending {
  const reason = reasonOf(cause);
  const told = cause.kind === "limited" ? classifyFailure(cause.error).error : errorOfStop(cause, reason.message);
  const error = { ...told, message: `${told.message}${describeReaction(cause, reaction, reason)}` };
  return reaction.kind === "returned"
    ? { outcome: cause.kind, error, result: reaction.result }
    : { outcome: cause.kind, error };
}

function errorOfStop(cause: Exclude<StopCause, { kind: "limited" }>, message: string): ReportError {
  return cause.kind === "timedOut"
    ? { reason: "TimedOut", message, hint: "Raise `timeout` in the job file, or do less in one run." }
    : { reason: "Cancelled", message };
}

/** What a job threw because of its signal says nothing new; anything else is what it was waiting for. */
function describeReaction(cause: StopCause, reaction: Reaction, reason: Error): string {
  if (reaction.kind === "ignored")
    return `; the job did not end within ${formatDuration(GRACE_MS[cause.kind])} of its signal`;
  if (reaction.kind === "returned") return "";
  if (cause.kind === "limited" || isEchoOf(reason, reaction.thrown)) return "";
  return `; then: ${messageOf(reaction.thrown)}`;
}
