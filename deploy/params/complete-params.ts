import { isRecord } from "../../runtime/job/problem.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { JsonSchema } from "./params-schema.ts";
import { type Params, readParams, refuseMisfit } from "./read-params.ts";

/** Where the parameters of a run come from. */
export interface ParamSources {
  /** `key=value` pairs; they win. */
  readonly param: readonly string[];
  /** Read from a file or standard input. */
  readonly given?: Params | undefined;
  /** The parameters of the schedule's runs, for every name that is not given. */
  readonly scheduled?: Params | undefined;
  /** Names of parameters whose values must not appear in messages. */
  readonly secret?: readonly string[];
}

/**
 * Combines the parameters of a run.
 *
 * @param schema absent if unknown; then the job itself validates them in its pod
 * @throws {CommandError} for a name that the job does not have, or a value of the wrong type
 */
export function combineParams(
  { param, given = {}, scheduled = {}, secret = [] }: ParamSources,
  schema: JsonSchema | undefined,
): Params {
  const pairs = readParams(param, schema, secret);
  if (schema !== undefined) {
    for (const [name, value] of Object.entries(given))
      refuseMisfit(`--params: ${name}`, name, value, schema, secret.includes(name));
  }
  return { ...scheduled, ...given, ...pairs };
}

/** Asks a person for parameters. */
export type AskParams = (names: readonly string[], schema: JsonSchema, secret: readonly string[]) => Promise<Params>;

/**
 * Combines the parameters of a run and asks a person for missing ones.
 *
 * @param ask absent if nobody can answer; then they stay missing
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

/** Required parameters that nobody gave, in the order of the schema. */
function missingParams(params: Params, schema: JsonSchema | undefined): string[] {
  const required: readonly unknown[] = Array.isArray(schema?.required) ? schema.required : [];
  return required.filter((name) => typeof name === "string").filter((name) => !Object.hasOwn(params, name));
}

/** @throws {CommandError} that names each missing parameter */
export function refuseMissing(params: Params, schema: JsonSchema | undefined): void {
  const missing = missingParams(params, schema);
  if (missing.length > 0) throw missingError(missing, schema);
}

/** `invalid parameter: url (the page to probe) is required` */
export function missingError(names: readonly string[], schema: JsonSchema | undefined): CommandError {
  const [noun, verb, each] = names.length === 1 ? ["parameter", "is", ""] : ["parameters", "are", " for each"];
  return new CommandError(`invalid ${noun}: ${describeParams(names, schema)} ${verb} required`, {
    hint: `Pass -p ${names[0]}=VALUE${each}, or --params FILE`,
  });
}

/** Names of parameters, with what the schema says about each. */
export function describeParams(names: readonly string[], schema: JsonSchema | undefined): string {
  return names.map((name) => `${name}${descriptionOf(name, schema, (text) => ` (${text})`)}`).join(", ");
}

function descriptionOf(name: string, schema: JsonSchema | undefined, write: (text: string) => string): string {
  const property = schema?.properties?.[name];
  return isRecord(property) && typeof property.description === "string" ? write(property.description) : "";
}

/** A problem with a parameter. Holds nothing of its value, which may be a secret. */
interface ParamProblem {
  readonly name: string;
  /** Where in the parameters, such as `tags[0]`. */
  readonly place: string;
  readonly expected: string;
}

/** Finds what a JSON Schema rejects. */
export type ParamsChecker = (params: Params) => readonly ParamProblem[];

/**
 * Returns a check of a whole JSON Schema: bounds, patterns, lengths, items and formats, not only types.
 *
 * @returns undefined if zod is not installed, too old (before 4.2), or does not support the schema; then the job itself validates in its pod
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

/** @throws {CommandError} that names the first parameter that the schema rejects, and what was expected */
export async function refuseInvalid(params: Params, schema: JsonSchema | undefined): Promise<void> {
  if (schema === undefined) return;
  const problems = (await paramsChecker(schema))?.(params) ?? [];
  const [first] = problems;
  if (first === undefined) return;
  const others = new Set(problems.map(({ name }) => name).filter((name) => name !== first.name));
  const more = others.size === 0 ? "" : `; ${[...others].join(", ")} ${others.size === 1 ? "is" : "are"} invalid too`;
  const words = descriptionOf(first.name, schema, (text) => `: ${text}`);
  throw new CommandError(`params.${first.place}: ${first.expected}${more}`, {
    hint: `Nothing was started. Set ${first.name} to another value with -p or --params${words}`,
  });
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** For a union: the issues of each alternative. */
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
