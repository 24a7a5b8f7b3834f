import type { JobDefinition, StandardSchema } from "../../runtime/job/definition.ts";
import { type DefinitionProblem, isRecord, problem } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";

/** The parts of JSON Schema that are read here. */
export interface JsonSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly [keyword: string]: unknown;
}

/**
 * The JSON Schema of a job's parameters, if its schema library can provide one (Standard JSON Schema, as in zod 4.2 and newer).
 *
 * @param target the version of JSON Schema
 * @returns undefined if it cannot, or if JSON Schema cannot express the schema
 */
export function paramsJsonSchema(
  schema: StandardSchema | undefined,
  target: "draft-2020-12" | "draft-07" = "draft-2020-12",
): JsonSchema | undefined {
  if (schema === undefined) return undefined;
  const standard: unknown = schema["~standard"];
  const converter = isRecord(standard) && isRecord(standard.jsonSchema) ? standard.jsonSchema.input : undefined;
  if (typeof converter !== "function") return undefined;
  try {
    const converted: unknown = converter({
      target,
      libraryOptions: { override: withoutFlaggedPatterns },
    });
    return isRecord(converted) ? converted : undefined;
  } catch {
    return undefined;
  }
}

/** Patterns in JSON Schema have no flags: `/^prod$/i` without its flag would reject what the job accepts. */
function withoutFlaggedPatterns({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: unknown;
  jsonSchema: Record<string, unknown>;
}) {
  const flags = checksOf(zodSchema).map((check) => {
    const { pattern } = definitionOf(check);
    return pattern instanceof RegExp ? pattern.flags : "";
  });
  if (!flags.some((each) => /[ims]/.test(each))) return;
  for (const keyword of ["pattern", "allOf"]) delete jsonSchema[keyword];
}

function checksOf(zodSchema: unknown): readonly unknown[] {
  const { checks } = definitionOf(zodSchema);
  return Array.isArray(checks) ? checks : [];
}

/** What zod 4 exposes to libraries. https://zod.dev/library-authors */
function definitionOf(value: unknown): Readonly<Record<string, unknown>> {
  const internals = isRecord(value) ? value._zod : undefined;
  return isRecord(internals) && isRecord(internals.def) ? internals.def : {};
}

/** Finds names in `secretParams` that are not parameters: a secret whose parameter was renamed would show up everywhere. */
export function findSecretParamProblems({ params, secretParams }: JobDefinition): DefinitionProblem[] {
  if (!Array.isArray(secretParams)) return [];
  const known = params === undefined ? [] : knownParams(params);
  if (known === undefined) return [];
  return secretParams
    .filter((name) => typeof name === "string" && !known.includes(name))
    .map((name) => {
      const closest = closestWord(name, known);
      return problem(
        "secretParams",
        `"${name}" is not a parameter${closest === undefined ? "" : `; did you mean "${closest}"?`}`,
      );
    });
}

/** Undefined if the schema cannot tell, or accepts any name. */
function knownParams(params: NonNullable<JobDefinition["params"]>): string[] | undefined {
  if (!isRecord(params)) return undefined;
  const { properties, additionalProperties = false } = paramsJsonSchema(params) ?? {};
  return isRecord(properties) && additionalProperties === false ? Object.keys(properties) : undefined;
}
