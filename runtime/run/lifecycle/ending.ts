import type { Json } from "../../job/definition.ts";
import { formatDuration } from "../../job/duration.ts";
import { classifyFailure, type Failure, messageOf } from "../report/failure.ts";
import type { ReportError } from "../report/report.ts";
import { GRACE_MS, isEchoOf, reasonOf, type StopCause } from "./stop.ts";

/** How a run ended, as far as the runtime in the pod can say it. */
export type Ending =
  | { readonly outcome: "succeeded"; readonly result: Json | undefined }
  | Failure
  | {
      readonly outcome: StopCause["kind"];
      readonly error: ReportError;
      /** What the job returned after it was told to stop. */
      readonly result?: Json | undefined;
    };

/** What a job did after it was told to stop. */
export type Reaction =
  | { readonly kind: "returned"; readonly result: Json | undefined }
  | { readonly kind: "threw"; readonly thrown: unknown }
  | { readonly kind: "ignored" };

/** The ending of a run that was stopped: its cause counts, whatever the job made of it. */
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
