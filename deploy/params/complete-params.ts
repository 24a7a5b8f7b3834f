import { isRecord } from "../../runtime/job/problem.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { JsonSchema } from "./params-schema.ts";
import { expectsType, type Params, propertyOf, readParams } from "./read-params.ts";

/** Where the parameters of a run come from. */
export interface ParamSources {
  /** `key=value` pairs; they win. */
  readonly param: readonly string[];
  /** Read from a file or standard input. */
  readonly given?: Params | undefined;
  /** Names of those whose values no message may hold. */
  readonly secret?: readonly string[];
}

/**
 * Puts the parameters of a run together.
 *
 * @param schema absent where it is not known: then the job itself says in its pod what is wrong
 * @throws {CommandError} for a name that the job does not have, and a value of another type than it takes
 */
function combineParams({ param, given = {}, secret = [] }: ParamSources, schema: JsonSchema | undefined): Params {
  const params = { ...given, ...readParams(param, schema, secret) };
  if (schema === undefined) return params;
  for (const [name, value] of Object.entries(given)) {
    const property = propertyOf("--params", name, schema);
    const expected = expectsType(property, value);
    if (expected === undefined) continue;
    throw new CommandError(
      `--params: ${name}: expected ${expected}${secret.includes(name) ? "" : `, got ${JSON.stringify(value).slice(0, 60)}`}`,
      {
        hint: "Correct it there, or overrule it with -p.",
      },
    );
  }
  return params;
}

/** Asks a person for parameters. */
export type AskParams = (names: readonly string[], schema: JsonSchema, secret: readonly string[]) => Promise<Params>;

/**
 * Puts the parameters of a run together, and lets a person be asked for what is missing.
 *
 * @param ask absent where nobody can answer: then what is missing stays so
 * @throws {CommandError} as {@link combineParams} does
 */
export async function completeParams(
  sources: ParamSources,
  schema: JsonSchema | undefined,
  ask: AskParams | undefined,
): Promise<Params> {
  const params = combineParams(sources, schema);
  const missing = missingParams(params, schema);
  if (missing.length === 0 || ask === undefined || schema === undefined) return params;
  return { ...params, ...(await ask(missing, schema, sources.secret ?? [])) };
}

/** The parameters that a job needs, in the order of its schema, and that nobody gave. */
function missingParams(params: Params, schema: JsonSchema | undefined): string[] {
  const required: readonly unknown[] = Array.isArray(schema?.required) ? schema.required : [];
  return required.filter((name) => typeof name === "string").filter((name) => !Object.hasOwn(params, name));
}

/** @throws {CommandError} that names each missing parameter */
export function refuseMissing(params: Params, schema: JsonSchema | undefined): void {
  const missing = missingParams(params, schema);
  const [first] = missing;
  if (first === undefined) return;
  const described = missing.map((name) => {
    const property = schema?.properties?.[name];
    const words = isRecord(property) && typeof property.description === "string" ? ` (${property.description})` : "";
    return `${name}${words}`;
  });
  throw new CommandError(`The job needs ${described.join(", ")}`, {
    hint: `Give each: -p ${first}=VALUE, or all in a file: --params FILE`,
  });
}

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
