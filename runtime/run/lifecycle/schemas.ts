import type { Json, StandardIssue, StandardSchema } from "../../job/definition.ts";
import { isRecord } from "../../job/problem.ts";
import { InvalidParamsError, InvalidResultError } from "../report/failure.ts";
import { NotJsonError, toJson } from "../report/json-value.ts";

/** More than this is not readable. */
const MAX_ISSUES = 10;
/** Fits into a ConfigMap (1 MiB) together with the rest of the report. */
export const MAX_RESULT_BYTES = 1_000_000;

/**
 * Parses the parameters that the pod receives.
 *
 * @param text JSON object; absent or empty for none
 * @throws {InvalidParamsError} whose message does not quote the text, which may contain secrets
 */
export function parseParams(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined || text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidParamsError("params: expected a JSON object, got text that is not JSON");
  }
  if (!isRecord(value) || Array.isArray(value)) {
    throw new InvalidParamsError('params: expected a JSON object, such as {"olderThan":"2h"}');
  }
  return value;
}

/**
 * Validates parameters against the job's schema.
 *
 * @param schema absent if the job takes no parameters; then any parameter is an error
 * @returns the schema's output, defaults included
 * @throws {InvalidParamsError} that names each field and the expected value
 */
export async function validateParams(schema: StandardSchema | undefined, params: unknown): Promise<unknown> {
  if (schema === undefined) {
    const given = isRecord(params) ? Object.keys(params) : [];
    if (given.length === 0) return {};
    throw new InvalidParamsError(
      `params.${given[0]}: this job takes no parameters`,
      "Add a `params` schema to the job file, or leave the parameter out.",
    );
  }
  const outcome = await schema["~standard"].validate(params);
  if (outcome.issues === undefined) return outcome.value;
  throw new InvalidParamsError(describeIssues("params", outcome.issues));
}

/** Names of parameters that a schema ignored: usually a typo that a non-strict schema accepts. */
export function ignoredParams(given: unknown, validated: unknown): string[] {
  if (!isRecord(given) || !isRecord(validated)) return [];
  return Object.keys(given).filter((name) => !Object.hasOwn(validated, name));
}

/**
 * Validates a job's result and converts it to JSON.
 *
 * @param schema the job's `result` schema, if any; its output is the result
 * @returns undefined if the job returned nothing
 * @throws {InvalidResultError} if it is not JSON, too large, or does not match the schema
 */
export async function checkResult(schema: StandardSchema | undefined, returned: unknown): Promise<Json | undefined> {
  const value = schema === undefined ? returned : await validateResult(schema, returned);
  if (value === undefined) return undefined;
  const result = convert(value);
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > MAX_RESULT_BYTES) {
    throw new InvalidResultError(
      `result: ${bytes} bytes of JSON is too large; the maximum is ${MAX_RESULT_BYTES}`,
      "Return counts or the first few objects, and write the rest to the log or wherever it belongs.",
    );
  }
  return result;
}

async function validateResult(schema: StandardSchema, returned: unknown): Promise<unknown> {
  const outcome = await schema["~standard"].validate(returned);
  if (outcome.issues === undefined) return outcome.value;
  throw new InvalidResultError(describeIssues("result", outcome.issues));
}

function convert(value: unknown): Json {
  try {
    return toJson(value, "result");
  } catch (error) {
    if (error instanceof NotJsonError) throw new InvalidResultError(error.message);
    throw error;
  }
}

/** One line per issue: `params.olderThan: expected …`. */
function describeIssues(place: string, issues: readonly StandardIssue[]): string {
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
