import { DefinitionError, FatalError } from "../../job/errors.ts";
import { ApiError } from "../../kube/errors/api-error.ts";
import {
  KubeError,
  LimitExceededError,
  NotDeclaredError,
  NotInClusterError,
  NotPlannedError,
  PlanChangedError,
  TransportError,
} from "../../kube/errors/kube-error.ts";
import { refusalOf } from "../../kube/errors/refusal.ts";
import { EndedError } from "./ended-error.ts";
import { InvalidError } from "./invalid-error.ts";
import type { ReportError } from "./report.ts";

/** A run that ended by an error, its own or the job's. */
export interface Failure {
  readonly outcome: "failed" | "invalid" | "denied" | "limited" | "unreachable";
  readonly error: ReportError;
}

/** Errors are wrapped a few times at most; a longer chain is a cycle. */
const MAX_CAUSES = 8;
/** The lines of a stack that lead to the job; the rest is how Node got there. */
const STACK_LINES = 6;

/**
 * Says what kind of end a thrown value is. What the client threw counts also where the job wrapped it in an error of its own (as its `cause`),
 * unless the job said FatalError.
 *
 * @param thrown anything: what a job throws is its own business
 */
export function classifyFailure(thrown: unknown): Failure {
  const chain = causesOf(thrown);
  const known = thrown instanceof FatalError ? undefined : chain.find((error) => outcomeOf(error) !== "failed");
  const outcome = outcomeOf(known);
  const described = known ?? thrown;
  const message =
    known === undefined || known === thrown ? messageOf(thrown) : `${messageOf(thrown)}: ${messageOf(known)}`;
  const hint = hintOf(described);
  const stack = outcome === "failed" ? stackOf(thrown) : undefined;
  return {
    outcome,
    error: {
      reason: reasonOfError(described),
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(stack === undefined ? {} : { stack }),
    },
  };
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error && thrown.message !== "") return thrown.message;
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.map(messageOf).join("; ");
  if (thrown instanceof Error) return `${thrown.name} without a message`;
  return typeof thrown === "string" && thrown !== ""
    ? thrown
    : `a value that is no Error was thrown: ${describe(thrown)}`;
}

function outcomeOf(error: unknown): Failure["outcome"] {
  if (error instanceof NotDeclaredError) return "denied";
  if (error instanceof ApiError && isDenied(error)) return "denied";
  if (error instanceof LimitExceededError) return "limited";
  if (error instanceof NotPlannedError || error instanceof PlanChangedError) return "limited";
  if (error instanceof NotInClusterError || error instanceof TransportError) return "unreachable";
  if (error instanceof InvalidError || error instanceof DefinitionError) return "invalid";
  return "failed";
}

/** The identity is not known, or lacks a right. What a policy, a quota or a namespace's end refuses with the same codes is another failure: no right mends it. */
function isDenied(error: ApiError): boolean {
  const cause = refusalOf(error)?.cause;
  return cause === "rights" || (cause === undefined && error.code === 401);
}

function causesOf(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let next = thrown; next instanceof Error && chain.length < MAX_CAUSES; next = next.cause) chain.push(next);
  return chain;
}

function reasonOfError(error: unknown): string {
  if (speaksForItself(error)) return error.reason;
  if (error instanceof DefinitionError) return "InvalidJob";
  return error instanceof Error ? error.name : "Thrown";
}

function hintOf(error: unknown): string | undefined {
  if (speaksForItself(error)) return error.hint;
  return error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED" ? DENIED_HINT : undefined;
}

/** Node's own message names a flag, which is not the job's to set. https://nodejs.org/api/permissions.html */
const DENIED_HINT =
  "In its pod a job writes only into volumes that its `pod` mounts, such as an emptyDir, and starts no processes, workers or addons.";

/** Errors of ours, which have a stable reason and know what to do next. */
function speaksForItself(error: unknown): error is KubeError | InvalidError | EndedError {
  return error instanceof KubeError || error instanceof InvalidError || error instanceof EndedError;
}

function stackOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || typeof thrown.stack !== "string") return undefined;
  const lines = thrown.stack.split("\n").filter((line) => /^\s+at /.test(line) && !/[( ]node:/.test(line));
  return lines.length === 0 ? undefined : lines.slice(0, STACK_LINES).join("\n");
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}
