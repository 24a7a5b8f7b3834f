import { isRecord } from "../../job/problem.ts";
import type { StandardIssue, StandardSchema } from "../../job/standard-schema.ts";
import { InvalidParamsError } from "../report/invalid-error.ts";

/** More problems than this are not read anyway. */
const MAX_ISSUES = 10;

/**
 * Reads the parameters as the pod is given them.
 *
 * @param text JSON object; absent or empty means none
 * @throws {InvalidParamsError} whose message holds nothing of the text, since secrets may be in it
 */
export function parseParams(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined || text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidParamsError("params: expected a JSON object, got a text that is not JSON");
  }
  if (!isRecord(value) || Array.isArray(value)) {
    throw new InvalidParamsError('params: expected a JSON object, such as {"olderThan":"2h"}');
  }
  return value;
}

/**
 * Validates parameters by the job's schema.
 *
 * @param schema absent where the job takes no parameters; then none may be given
 * @returns what the schema makes of them, defaults included
 * @throws {InvalidParamsError} that names each field and what was expected
 */
export async function validateParams(schema: StandardSchema | undefined, params: unknown): Promise<unknown> {
  if (schema === undefined) {
    const given = isRecord(params) ? Object.keys(params) : [];
    if (given.length === 0) return {};
    throw new InvalidParamsError(
      `params.${given[0]}: this job takes no parameters`,
      "Give the job file a `params` schema, or leave the parameter out.",
    );
  }
  const outcome = await schema["~standard"].validate(params);
  if (outcome.issues === undefined) return outcome.value;
  throw new InvalidParamsError(describeIssues("params", outcome.issues));
}

/** One line an issue: `params.olderThan: expected …`. */
export function describeIssues(place: string, issues: readonly StandardIssue[]): string {
  const lines = issues
    .slice(0, MAX_ISSUES)
    .map((issue) => `${place}${describePath(issue.path ?? [])}: ${issue.message}`);
  return issues.length > MAX_ISSUES
    ? [...lines, `and ${issues.length - MAX_ISSUES} more`].join("\n")
    : lines.join("\n");
}

function describePath(path: NonNullable<StandardIssue["path"]>): string {
  return path
    .map((part) => (typeof part === "object" ? part.key : part))
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("");
}

/** Names of parameters that the schema took no notice of: most often a spelling mistake, which a schema that is not strict lets pass. */
export function ignoredParams(given: unknown, validated: unknown): string[] {
  if (!isRecord(given) || !isRecord(validated)) return [];
  return Object.keys(given).filter((name) => !Object.hasOwn(validated, name));
}
