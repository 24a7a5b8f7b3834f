import type { Json } from "../../job/definition.ts";
import type { StandardSchema } from "../../job/standard-schema.ts";
import { InvalidResultError } from "../report/invalid-error.ts";
import { NotJsonError, toJson } from "../report/json-value.ts";
import { describeIssues } from "./params.ts";

/** A ConfigMap holds 1 MiB: a result of this size still fits into one, with the rest of the report. */
export const MAX_RESULT_BYTES = 1_000_000;

/**
 * Checks what a job returned, and makes JSON of it.
 *
 * @param schema the job's `result` schema, where it has one; what it makes of the value is the result
 * @returns undefined where the job returned nothing
 * @throws {InvalidResultError} for what is not JSON, too large, or refused by the schema
 */
export async function checkResult(schema: StandardSchema | undefined, returned: unknown): Promise<Json | undefined> {
  const value = schema === undefined ? returned : await applySchema(schema, returned);
  if (value === undefined) return undefined;
  const result = convert(value);
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > MAX_RESULT_BYTES) {
    throw new InvalidResultError(
      `result: ${bytes} bytes of JSON, and at most ${MAX_RESULT_BYTES} can be reported`,
      "Return counts or the first few objects, and write the rest to the log or to where it belongs.",
    );
  }
  return result;
}

async function applySchema(schema: StandardSchema, returned: unknown): Promise<unknown> {
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
