import { HttpError } from "../../http/http-error.ts";
import { FatalError, type Json } from "../../job/definition.ts";
import { DefinitionError } from "../../job/problem.ts";
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
import type { ReportError } from "./report.ts";

/** How a run ended, as seen by the runtime in the pod. */
export type Ending =
  | { readonly outcome: "succeeded"; readonly result: Json | undefined }
  | Failure
  | {
      readonly outcome: "timedOut" | "cancelled" | "limited";
      readonly error: ReportError;
      /** The job's result after it was stopped. */
      readonly result?: Json | undefined;
    };

/** A run that ended with an error, the runtime's or the job's. */
export interface Failure {
  readonly outcome: "failed" | "invalid" | "denied" | "limited" | "unreachable";
  readonly error: ReportError;
}

/** Invalid input from a person or the job: the run is `invalid` and is not retried. */
export abstract class InvalidError extends Error {
  /** Stable, for programs. */
  abstract readonly reason: string;
  readonly hint?: string;

  constructor(message: string, hint?: string) {
    super(message);
    if (hint !== undefined) this.hint = hint;
  }
}

/** The parameters are not a JSON object, or the job's schema refuses them. */
export class InvalidParamsError extends InvalidError {
  override readonly name = "InvalidParamsError";
  readonly reason = "InvalidParams";
}

/** The job's result is not JSON, is too large, or does not match its `result` schema. */
export class InvalidResultError extends InvalidError {
  override readonly name = "InvalidResultError";
  readonly reason = "InvalidResult";
}

/** The plan to enforce is missing or invalid. */
export class InvalidPlanError extends InvalidError {
  override readonly name = "InvalidPlanError";
  readonly reason = "InvalidPlan";
}

/** A declared secret is missing. */
export class MissingSecretError extends InvalidError {
  override readonly name = "MissingSecretError";
  readonly reason = "MissingSecret";
}

/** The process was about to end before the run was over. */
export class EndedError extends Error {
  override readonly name = "EndedError";
  readonly reason: "ProcessExit" | "NeverSettled";
  readonly hint: string;

  constructor(reason: EndedError["reason"], message: string, hint: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}

/** Real chains of causes are short; a longer one is a cycle. */
const MAX_CAUSES = 8;
/** The lines of a stack that lead to the job; the rest are Node's. */
const STACK_LINES = 6;
/** Node's own message names a flag, which a job cannot set. https://nodejs.org/api/permissions.html */
const DENIED_HINT =
  "In its pod, a job can write only to volumes that its `pod` mounts, such as an emptyDir, and cannot start processes, workers or addons.";

/**
 * Maps a thrown value to the run's ending. A client error counts even if the job wrapped it as the `cause` of another, unless the job threw FatalError.
 *
 * @param thrown any value
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

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error && thrown.message !== "") return thrown.message;
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.map(messageOf).join("; ");
  if (thrown instanceof Error) return `${thrown.name} without a message`;
  return typeof thrown === "string" && thrown !== ""
    ? thrown
    : `the job threw a value that is not an Error: ${describe(thrown)}`;
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

/** The identity is unknown or lacks a right. A policy, a quota or a terminating namespace refuses with the same codes, but rights would not help there. */
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
  if (isOwnError(error)) return error.reason;
  if (error instanceof DefinitionError) return "InvalidJob";
  return error instanceof Error ? error.name : "Thrown";
}

function hintOf(error: unknown): string | undefined {
  if (isOwnError(error)) return error.hint;
  return error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED" ? DENIED_HINT : undefined;
}

/** Our own errors have a stable reason and a hint. */
function isOwnError(error: unknown): error is KubeError | InvalidError | EndedError | HttpError {
  if (error instanceof HttpError) return true;
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
