import { isRecord } from "../../runtime/job/problem.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { JsonSchema } from "./params-schema.ts";
import type { Params } from "./read-params.ts";

/** What is wrong with a parameter. It holds nothing of the value, which may be a secret. */
interface ParamProblem {
  readonly name: string;
  /** Where in the parameters, such as `tags[0]`. */
  readonly place: string;
  readonly expected: string;
}

/** Finds what a JSON Schema refuses. */
export type ParamsChecker = (params: Params) => readonly ParamProblem[];

/**
 * Makes a check of the whole of a JSON Schema: bounds, patterns, lengths, items and formats, not types alone.
 *
 * @returns undefined where zod is not installed, too old (before 4.2), or has no way to do what the schema asks: then the job itself says in its pod what is wrong
 */
export async function paramsChecker(schema: JsonSchema): Promise<ParamsChecker | undefined> {
  try {
    const { z } = await import("zod");
    const checked = z.fromJSONSchema({ type: "object", ...schema } as Parameters<typeof z.fromJSONSchema>[0]);
    return (params) => (checked.safeParse(params).error?.issues ?? []).map(problemOf);
  } catch {
    return undefined;
  }
}

/** @throws {CommandError} that names the first parameter that the schema refuses, and what was expected */
export async function refuseInvalid(params: Params, schema: JsonSchema | undefined): Promise<void> {
  if (schema === undefined) return;
  const problems = (await paramsChecker(schema))?.(params) ?? [];
  const [first] = problems;
  if (first === undefined) return;
  const others = new Set(problems.map(({ name }) => name).filter((name) => name !== first.name));
  const more = others.size === 0 ? "" : `; ${[...others].join(", ")} ${others.size === 1 ? "is" : "are"} wrong too`;
  const property = schema.properties?.[first.name];
  const words = isRecord(property) && typeof property.description === "string" ? `: ${property.description}` : "";
  throw new CommandError(`params.${first.place}: ${first.expected}${more}`, {
    hint: `Nothing was started. Give ${first.name} another value, with -p or in --params${words}`,
  });
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of a union: what each alternative expects. */
  readonly errors?: readonly (readonly Issue[])[];
}

function problemOf(issue: Issue): ParamProblem {
  const [name = "", ...inner] = issue.path;
  const place = `${String(name)}${inner.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`;
  return { name: String(name), place, expected: expectedBy(issue) };
}

function expectedBy({ message, errors = [] }: Issue): string {
  const alternatives = errors.flatMap(([first]) => (first === undefined ? [] : [expectedBy(first)]));
  return alternatives.length === 0 ? message : [...new Set(alternatives)].join(", or ");
}
