import { findAccessProblems, findScopeProblems, type ResourceCatalog } from "./access.ts";
import { findAlertProblems } from "./alerts.ts";
import { findCascadeProblems } from "./cascades.ts";
import { MAX_RETRIES } from "./definition.ts";
import { parseDuration } from "./duration.ts";
import { findHttpProblems } from "./http-hosts.ts";
import { findLimitProblems } from "./limits.ts";
import { findPodFieldProblems } from "./pod-fields.ts";
import { type DefinitionProblem, isRecord, isTextList, problem } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";

const KNOWN_FIELDS = [
  "kind",
  "description",
  "schedule",
  "timeZone",
  "params",
  "secretParams",
  "result",
  "access",
  "scope",
  "limits",
  "cascades",
  "rehearse",
  "timeout",
  "retries",
  "concurrency",
  "resources",
  "history",
  "serviceAccountName",
  "env",
  "secrets",
  "http",
  "egress",
  "metrics",
  "linger",
  "alerts",
  "pod",
  "run",
] as const;

const MAX_LINGER_MS = 600_000;
const CONCURRENCY = ["forbid", "allow", "replace"];

/**
 * Finds every mistake in a job definition that can be found without a cluster, except in its schedule.
 *
 * @param value a job file's default export
 * @param catalog the built-in resources
 * @returns an empty list for a valid definition
 */
export function validateDefinition(value: unknown, catalog: ResourceCatalog): DefinitionProblem[] {
  if (!isRecord(value)) {
    return [problem("export default", "must default-export defineJob(…)")];
  }
  if (value.kind !== "errand/job") {
    return [problem("export default", "must default-export defineJob(…)")];
  }
  return [
    ...findUnknownFields(value),
    ...findShapeProblems(value),
    ...findAccessProblems(value.access, catalog),
    ...findScopeProblems(value.scope, value.serviceAccountName),
    ...findLimitProblems(value.limits, value),
    ...findCascadeProblems(value, catalog),
    ...findTimeProblems(value),
    ...findHistoryProblems(value.history),
    ...findAlertProblems(value.alerts),
    ...findHttpProblems(value.http),
    ...findPodFieldProblems(value),
  ];
}

function findUnknownFields(definition: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const known: readonly string[] = KNOWN_FIELDS;
  return Object.keys(definition)
    .filter((field) => !known.includes(field))
    .map((field) => problem(field, `unknown field${didYouMean(field, known)}`));
}

function findShapeProblems(definition: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  if (typeof definition.run !== "function")
    found.push(problem("run", "expected a function: `async run({ kube }) { … }`"));
  for (const field of ["description", "schedule", "timeZone", "serviceAccountName"]) {
    const value = definition[field];
    if (value !== undefined && (typeof value !== "string" || value.trim() === "")) {
      found.push(problem(field, `expected a non-empty string, got ${describe(value)}`));
    }
  }
  for (const field of ["params", "result"]) {
    const schema = definition[field];
    if (schema !== undefined && !hasStandardSchema(schema)) {
      found.push(problem(field, "expected a schema, such as z.object({ … }) from zod 4, or any other Standard Schema"));
    }
  }
  for (const field of ["rehearse", "metrics"]) {
    const value = definition[field];
    if (value === undefined || typeof value === "boolean") continue;
    found.push(problem(field, `expected true or false, got ${describe(value)}`));
  }
  const { concurrency, secretParams } = definition;
  if (concurrency !== undefined && !CONCURRENCY.includes(String(concurrency))) {
    found.push(problem("concurrency", `expected one of ${CONCURRENCY.join(", ")}, got ${describe(concurrency)}`));
  }
  if (secretParams !== undefined && !isTextList(secretParams)) {
    found.push(problem("secretParams", "expected a list of parameter names"));
  }
  return found;
}

function findTimeProblems({ timeout, linger, retries }: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const found = [
    ...findDurationProblems("timeout", timeout, (milliseconds) => (milliseconds < 1_000 ? "at least 1s" : undefined)),
    ...findDurationProblems("linger", linger, (milliseconds) =>
      milliseconds > MAX_LINGER_MS ? "at most 10m" : undefined,
    ),
  ];
  if (retries !== undefined && !isWholeNumber(retries, 0, MAX_RETRIES)) {
    found.push(problem("retries", `expected a whole number from 0 to ${MAX_RETRIES}, got ${describe(retries)}`));
  }
  return found;
}

/** @param expected what was, where a duration is out of bounds */
function findDurationProblems(
  field: string,
  value: unknown,
  expected: (milliseconds: number) => string | undefined,
): DefinitionProblem[] {
  if (value === undefined) return [];
  try {
    const wanted = expected(parseDuration(String(value)));
    return wanted === undefined ? [] : [problem(field, `expected ${wanted}, got ${describe(value)}`)];
  } catch (error) {
    return [problem(field, error instanceof Error ? error.message : String(error))];
  }
}

function findHistoryProblems(history: unknown): DefinitionProblem[] {
  if (history === undefined) return [];
  if (!isRecord(history)) return [problem("history", "expected { successes?, failures? }")];
  return Object.entries(history)
    .filter(([key, count]) => !["successes", "failures"].includes(key) || !isWholeNumber(count, 0, 100))
    .map(([key]) => problem(`history.${key}`, "expected successes or failures with a whole number from 0 to 100"));
}

function hasStandardSchema(value: unknown): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return isRecord(standard) && typeof standard.validate === "function";
}

function isWholeNumber(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function describe(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : typeof value === "object" ? typeof value : String(value);
}
