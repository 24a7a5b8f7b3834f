import type { JobDefinition } from "../../runtime/job/definition.ts";
import type { DefinitionProblem } from "../../runtime/job/errors.ts";
import { isRecord, problem } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { paramsJsonSchema } from "./params-schema.ts";

/** Finds names in `secretParams` that are no parameters: a secret whose parameter was renamed would appear everywhere. */
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
        `"${name}" is no parameter${closest === undefined ? "" : `; did you mean "${closest}"?`}`,
      );
    });
}

/** Undefined where the schema cannot say, or takes any name. */
function knownParams(params: NonNullable<JobDefinition["params"]>): string[] | undefined {
  if (!isRecord(params)) return undefined;
  const { properties, additionalProperties = false } = paramsJsonSchema(params) ?? {};
  return isRecord(properties) && additionalProperties === false ? Object.keys(properties) : undefined;
}
