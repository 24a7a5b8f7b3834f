import type { Json } from "../../job/definition.ts";
import { formatDuration } from "../../job/duration.ts";
import type { Clock } from "../output/clock.ts";
import { classifyFailure, type Ending, messageOf } from "../report/failure.ts";
import type { ReportError } from "../report/report.ts";

/** Why a run stops before its job is done. */
export type StopCause =
  | { readonly kind: "timedOut"; readonly timeoutMs: number }
  | { readonly kind: "cancelled"; readonly by: string }
  | { readonly kind: "limited"; readonly error: Error };

/**
 * How long a job may continue after its `signal` aborts, in milliseconds: enough to end a request and to log its state. A cancelled run
 * gets more, because only the job can clean up: two thirds of the 30 s that Kubernetes waits between SIGTERM and SIGKILL.
 */
export const GRACE_MS: Readonly<Record<StopCause["kind"], number>> = {
  timedOut: 2_000,
  limited: 2_000,
  cancelled: 20_000,
};

/** Stops a run once: only the first cause counts. */
export interface Stopper {
  /** The signal of the job and its client. */
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  stop(cause: StopCause): void;
  /** Stops the run as timedOut after this many milliseconds. */
  stopAfter(milliseconds: number, timeoutMs: number): void;
  /** Stops the run as timedOut now, if it has a timeout. */
  expire(): void;
  /** Stops the run as timedOut if its time is up but its timer has not fired because the event loop was blocked. */
  expireIfDue(): void;
  /** Cancels all timers. */
  dispose(): void;
  /** Aborts the signal of a run that is over, for what its job left behind. */
  halt(): void;
}

/** @param onGraceOver called if the job is still running after its grace period */
export function createStopper(clock: Clock, onGraceOver: (cause: StopCause) => void): Stopper {
  const controller = new AbortController();
  let cause: StopCause | undefined;
  let callOff = (): void => {};
  let expire = (): void => {};
  let dueAt = Number.POSITIVE_INFINITY;

  function stop(given: StopCause): void {
    if (controller.signal.aborted) return;
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
      if (controller.signal.aborted) return;
      expire = () => stop({ kind: "timedOut", timeoutMs });
      dueAt = clock.ticks() + milliseconds;
      callOff = clock.after(Math.max(0, milliseconds), expire);
    },
    expire: () => expire(),
    expireIfDue: () => {
      if (clock.ticks() >= dueAt) expire();
    },
    dispose: () => callOff(),
    halt: () => controller.abort(new RunStoppedError("the run is over", "Ended")),
  };
}

/** The reason of the job's `signal`, which pending calls then throw. */
class RunStoppedError extends Error {
  override readonly name = "RunStoppedError";
  readonly reason: "TimedOut" | "Cancelled" | "Ended";

  constructor(message: string, reason: RunStoppedError["reason"]) {
    super(message);
    this.reason = reason;
  }
}

/** The reason for the `signal`: the limit's own error, or an external cause. */
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

/** True for an error that only repeats the signal: its reason, or the AbortError of code that does not pass the reason on. */
export function isEchoOf(reason: unknown, thrown: unknown): boolean {
  return (
    thrown === reason ||
    (thrown instanceof Error && (thrown.name === "AbortError" || thrown instanceof RunStoppedError))
  );
}

/** What a job did after its signal. */
export type Reaction =
  | { readonly kind: "returned"; readonly result: Json | undefined }
  | { readonly kind: "threw"; readonly thrown: unknown }
  | { readonly kind: "ignored" };

/** The ending of a stopped run: the cause counts, whatever the job did. */
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

/** Adds what the job threw, unless it only repeats the signal. */
function describeReaction(cause: StopCause, reaction: Reaction, reason: Error): string {
  if (reaction.kind === "ignored")
    return `; the job did not end within ${formatDuration(GRACE_MS[cause.kind])} of its signal`;
  if (reaction.kind === "returned") return "";
  if (cause.kind === "limited" || isEchoOf(reason, reaction.thrown)) return "";
  return `; then: ${messageOf(reaction.thrown)}`;
}
