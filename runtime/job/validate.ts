import { type AccessKey, parseAccessKey, type ResourceCatalog, type ResourceInfo } from "./access.ts";
import { findCascadeProblems } from "./cascades.ts";
import { MAX_RETRIES } from "./definition.ts";
import { parseDuration } from "./duration.ts";
import { findEgressProblems } from "./egress.ts";
import type { DefinitionProblem } from "./errors.ts";
import { findLimitProblems } from "./limits.ts";
import { findPodFieldProblems } from "./pod-fields.ts";
import { isRecord, problem } from "./problem.ts";
import { findResourcesProblems } from "./resources.ts";
import { findScopeProblems } from "./scope.ts";
import { closestWord } from "./suggestion.ts";

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
  "egress",
  "metrics",
  "pod",
  "run",
] as const;

const CONCURRENCY = ["forbid", "allow", "replace"];

/**
 * Finds everything in a job definition that can be known to be wrong without a cluster and without reading cron text.
 *
 * @param value a job file's default export
 * @param catalog the built-in resources
 * @returns nothing where the definition can be used
 */
export function validateDefinition(value: unknown, catalog: ResourceCatalog): DefinitionProblem[] {
  if (!isRecord(value)) {
    return [problem("export default", "expected what defineJob({ … }) returns")];
  }
  if (value.kind !== "errand/job") {
    return [problem("export default", "is not a job: wrap it as `export default defineJob({ … })`")];
  }
  return [
    ...findUnknownFields(value),
    ...findShapeProblems(value),
    ...findAccessProblems(value.access, catalog),
    ...findScopeProblems(value.scope, value.serviceAccountName),
    ...findLimitProblems(value.limits, value.access),
    ...findCascadeProblems(value, catalog),
    ...findTimeProblems(value),
    ...findResourcesProblems(value.resources),
    ...findHistoryProblems(value.history),
    ...findEgressProblems(value.egress),
    ...findPodFieldProblems(value),
  ];
}

function findUnknownFields(definition: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const known: readonly string[] = KNOWN_FIELDS;
  return Object.keys(definition)
    .filter((field) => !known.includes(field))
    .map((field) => problem(field, `is no field of a job${didYouMean(field, known)}`));
}

function findShapeProblems(definition: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  if (typeof definition.run !== "function")
    found.push(problem("run", "expected a function: `async run({ kube }) { … }`"));
  for (const field of ["description", "schedule", "timeZone", "serviceAccountName"]) {
    const value = definition[field];
    if (value !== undefined && (typeof value !== "string" || value.trim() === "")) {
      found.push(problem(field, `expected a text that is not empty, got ${describe(value)}`));
    }
  }
  for (const field of ["params", "result"]) {
    const schema = definition[field];
    if (schema !== undefined && !hasStandardSchema(schema)) {
      found.push(problem(field, "expected a schema, such as z.object({ … }) of zod 4, or any other Standard Schema"));
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
    found.push(problem("secretParams", "expected a list of names of params"));
  }
  return found;
}

function findTimeProblems({ timeout, retries }: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  if (timeout !== undefined) {
    try {
      const milliseconds = parseDuration(typeof timeout === "string" ? timeout : String(timeout));
      if (milliseconds < 1_000) found.push(problem("timeout", `expected at least 1s, got ${describe(timeout)}`));
    } catch (error) {
      found.push(problem("timeout", error instanceof Error ? error.message : String(error)));
    }
  }
  if (retries !== undefined && !isWholeNumber(retries, 0, MAX_RETRIES)) {
    found.push(problem("retries", `expected a whole number from 0 to ${MAX_RETRIES}, got ${describe(retries)}`));
  }
  return found;
}

function findHistoryProblems(history: unknown): DefinitionProblem[] {
  if (history === undefined) return [];
  if (!isRecord(history)) return [problem("history", "expected { successes?, failures? }")];
  return Object.entries(history)
    .filter(([key, count]) => !["successes", "failures"].includes(key) || !isWholeNumber(count, 0, 100))
    .map(([key]) => problem(`history.${key}`, "expected successes or failures with a whole number from 0 to 100"));
}

function findAccessProblems(access: unknown, catalog: ResourceCatalog): DefinitionProblem[] {
  if (!isRecord(access)) {
    return [problem("access", 'expected what the job may do, such as { pods: ["list"] }; {} for nothing')];
  }
  return Object.entries(access).flatMap(([key, rule]) => findRuleProblems(key, rule, catalog));
}

function findRuleProblems(key: string, rule: unknown, catalog: ResourceCatalog): DefinitionProblem[] {
  const field = `access.${key}`;
  if (key.startsWith("/")) return findPathProblems(field, key, rule);
  const parts = parseAccessKey(key);
  const info = catalog.find(key.split("/")[0] ?? key);
  if (info === undefined && parts.group === undefined) {
    const hint = didYouMean(parts.resource, catalog.keys);
    return [problem(field, `is no built-in resource${hint || "; write a custom one with its group: plural.group"}`)];
  }
  const declared = isRecord(rule) && !Array.isArray(rule) ? rule : { verbs: rule };
  return [...findVerbProblems(field, declared.verbs, info, parts), ...findNameProblems(field, declared)];
}

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding */
function findPathProblems(field: string, path: string, rule: unknown): DefinitionProblem[] {
  if (!/^(?:\/[\w.-]+)+(?:\/\*)?$|^\/[\w./-]+\*$/.test(path) || path.includes("..")) {
    return [problem(field, "is no path of the API server: write one such as /metrics, or /debug/* for all below it")];
  }
  if (isTextList(rule) && rule.length === 1 && rule[0] === "get") return [];
  return [problem(field, 'expected ["get"]: paths that are no resources are only read')];
}

/** The name of an object is not known when a create or a deletecollection is authorized, so RBAC would never allow it by name. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
function findNameProblems(field: string, { names, verbs }: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  if (names === undefined) return [];
  if (!isTextList(names) || names.length === 0) {
    return [problem(`${field}.names`, "expected a list of object names that is not empty")];
  }
  const unnamed = ["create", "deletecollection"].filter((verb) => isTextList(verbs) && verbs.includes(verb));
  return unnamed.map((verb) =>
    problem(`${field}.names`, `"${verb}" cannot be bounded by names; declare it without names`),
  );
}

function findVerbProblems(
  field: string,
  verbs: unknown,
  info: ResourceInfo | undefined,
  parts: AccessKey,
): DefinitionProblem[] {
  if (!isTextList(verbs) || verbs.length === 0) return [problem(field, 'expected a list of verbs, such as ["list"]')];
  const { subresource } = parts;
  if (info && subresource !== undefined && !(subresource in info.subresources)) {
    const known = Object.keys(info.subresources);
    const offered = known.length > 0 ? `it has ${known.join(", ")}` : "it has none";
    return [problem(field, `${info.resource} has no subresource "${subresource}"; ${offered}`)];
  }
  const known = allowedVerbs(info, subresource);
  return verbs
    .filter((verb) => !known.includes(verb))
    .map((verb) => problem(field, `"${verb}" is no verb of it; expected some of ${known.join(", ")}`));
}

/** The verbs that a rule on it can name; of a custom resource nothing is known before a cluster is asked. */
function allowedVerbs(info: ResourceInfo | undefined, subresource: string | undefined): readonly string[] {
  if (info === undefined) return ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
  return subresource === undefined ? info.verbs : (info.subresources[subresource] ?? []);
}

function didYouMean(word: string, words: readonly string[]): string {
  const closest = closestWord(word, words);
  return closest === undefined ? "" : `; did you mean "${closest}"?`;
}

function hasStandardSchema(value: unknown): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return isRecord(standard) && typeof standard.validate === "function";
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
}

function isWholeNumber(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function describe(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : typeof value === "object" ? typeof value : String(value);
}
