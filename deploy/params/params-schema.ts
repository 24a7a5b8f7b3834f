import { isRecord } from "../../runtime/job/problem.ts";
import type { StandardSchema } from "../../runtime/job/standard-schema.ts";

/** JSON Schema, as much of it as is read here. */
export interface JsonSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly [keyword: string]: unknown;
}

/**
 * The JSON Schema of what a job takes as parameters, where its schema library can give one (zod 4.2 and newer: Standard JSON Schema).
 *
 * @returns undefined where it cannot, and for parts that JSON Schema has no words for
 */
export function paramsJsonSchema(schema: StandardSchema | undefined): JsonSchema | undefined {
  if (schema === undefined) return undefined;
  const standard: unknown = schema["~standard"];
  const converter = isRecord(standard) && isRecord(standard.jsonSchema) ? standard.jsonSchema.input : undefined;
  if (typeof converter !== "function") return undefined;
  try {
    const converted: unknown = converter({ target: "draft-2020-12" });
    return isRecord(converted) ? converted : undefined;
  } catch {
    return undefined;
  }
}
