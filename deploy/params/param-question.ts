import type { Json } from "../../runtime/job/definition.ts";
import { isRecord } from "../../runtime/job/problem.ts";
import type { JsonSchema } from "./params-schema.ts";
import { readParams } from "./read-params.ts";

/** How a parameter is asked for. */
export type ParamQuestion =
  | { readonly kind: "choice"; readonly message: string; readonly options: readonly Json[] }
  | { readonly kind: "yesOrNo"; readonly message: string }
  | {
      readonly kind: "text";
      readonly message: string;
      /** @throws {CommandError} for what is not of the wanted type */
      readonly read: (text: string) => Json;
    };

/** Makes a question from a part of a schema: values to choose from, yes or no, or text that is read as `-p` reads it. */
export function paramQuestion(name: string, schema: JsonSchema, secret: readonly string[] = []): ParamQuestion {
  const property = schema.properties?.[name];
  const description = isRecord(property) && typeof property.description === "string" ? property.description : undefined;
  const message = description === undefined ? name : `${name}: ${description}`;
  if (isRecord(property) && Array.isArray(property.enum)) {
    return { kind: "choice", message, options: property.enum as Json[] };
  }
  if (isRecord(property) && property.type === "boolean") return { kind: "yesOrNo", message };
  return { kind: "text", message, read: (text) => readParams([`${name}=${text}`], schema, secret)[name] ?? text };
}
