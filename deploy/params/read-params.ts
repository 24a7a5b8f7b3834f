import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { Json } from "../../runtime/job/definition.ts";
import { isRecord } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { readYaml } from "../../runtime/kube/values/yaml.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import type { JsonSchema } from "./params-schema.ts";

export type Params = Readonly<Record<string, Json>>;

/**
 * Reads `key=value` pairs as the parameters of a run. A value is text unless the schema expects a number, a boolean or JSON there. The same key twice makes
 * a list if the schema expects one.
 *
 * @param schema absent if unknown; then every value is text
 * @param secret names of parameters whose values must not appear in messages
 * @throws {CommandError} for a pair without `=`, a name that the job does not have, or text that the schema does not expect
 */
export function readParams(
  pairs: readonly string[],
  schema: JsonSchema | undefined,
  secret: readonly string[] = [],
): Params {
  const textsByName = new Map<string, string[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new UsageError(`--param ${pair}: expected key=value, such as --param olderThan=2h`);
    const name = pair.slice(0, equals);
    textsByName.set(name, [...(textsByName.get(name) ?? []), pair.slice(equals + 1)]);
  }
  const entries = [...textsByName].map(([name, texts]): [string, Json] => [
    name,
    readParam(name, texts, schema, secret.includes(name)),
  ]);
  return Object.fromEntries(entries);
}

function readParam(name: string, texts: readonly string[], schema: JsonSchema | undefined, isSecret: boolean): Json {
  const types = schema === undefined ? ["string"] : typesOf(propertyOf(`--param ${name}`, name, schema));
  const [text = ""] = texts;
  if (texts.length > 1) {
    if (!types.includes("array"))
      throw new CommandError(`--param ${name} is given ${texts.length} times but takes one value`);
    return texts;
  }
  const value = readAs(text, types);
  if (value !== undefined) return value;
  throw new CommandError(`--param ${name}: expected ${types.join(" or ")}${isSecret ? "" : `, got "${text}"`}`);
}

/**
 * The schema of one parameter; an empty one for another name if the job accepts any.
 *
 * @param place where the parameter was given, for the message
 * @throws {CommandError} for a name that the job does not have
 */
function propertyOf(place: string, name: string, schema: JsonSchema): unknown {
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, name)) return properties[name];
  if (isRecord(additionalProperties) || additionalProperties === true || schema.properties === undefined) return {};
  const names = Object.keys(properties);
  const closest = closestWord(name, names);
  const hint = names.length === 0 ? "This job takes no parameters." : `This job takes: ${names.join(", ")}.`;
  throw new CommandError(`${place}: the job has no such parameter${closest ? `; did you mean "${closest}"?` : ""}`, {
    hint,
  });
}

/**
 * Refuses a name that the job does not have, and a value of the wrong type.
 *
 * @param place where the parameter was given, for the message
 * @param isSecret true if its value must not appear in the message
 * @throws {CommandError}
 */
export function refuseMisfit(place: string, name: string, value: Json, schema: JsonSchema, isSecret: boolean): void {
  const expected = expectsType(propertyOf(place, name, schema), value);
  if (expected === undefined) return;
  throw new CommandError(
    `${place}: expected ${expected}${isSecret ? "" : `, got ${JSON.stringify(value).slice(0, 60)}`}`,
    { hint: "Correct it there, or override it with -p." },
  );
}

/** Writes parameters for people, much as `-p` reads them: `olderThan=2h tags=["a","b"]`. */
export function writeParams(params: Params): string {
  const write = (value: Json) => (typeof value === "string" && PLAIN_TEXT.test(value) ? value : JSON.stringify(value));
  return Object.entries(params)
    .map(([name, value]) => `${name}=${write(value)}`)
    .join(" ");
}

/** Text that cannot be mistaken for another value, and has a clear end. */
const PLAIN_TEXT = /^[\p{L}][\p{L}\p{N}_.:/@%+-]*$|^\p{N}+[\p{L}_.:/@%+-][\p{L}\p{N}_.:/@%+-]*$/u;

/** @returns the expected types if the value has another one */
function expectsType(schema: unknown, value: Json): string | undefined {
  const types = typesOf(schema);
  const type = typeOfValue(value);
  const fits = types.length === 0 || types.includes(type) || (types.includes("integer") && Number.isInteger(value));
  return fits ? undefined : types.join(" or ");
}

/** The types that a schema allows, including those of alternatives; empty if it allows anything. */
function typesOf(schema: unknown): string[] {
  if (!isRecord(schema)) return [];
  if (Array.isArray(schema.enum)) return [...new Set(schema.enum.map(typeOfValue))];
  if ("const" in schema) return [typeOfValue(schema.const)];
  const alternatives = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (alternatives !== undefined) return [...new Set(alternatives.flatMap(typesOf))];
  return [schema.type].flat().filter((type) => typeof type === "string");
}

function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Text comes first, so that `tag=1.0` stays unchanged if the schema says string. */
function readAs(text: string, types: readonly string[]): Json | undefined {
  if (types.length === 0) return parsed(text) ?? text;
  const value = parsed(text);
  const type = value === undefined ? "none" : typeOfValue(value);
  const isWanted = types.includes(type) || (type === "number" && types.includes("integer") && Number.isInteger(value));
  if (isWanted && type !== "string") return types.includes("string") ? text : value;
  if (types.includes("string")) return text;
  return types.includes("array") && value === undefined ? [text] : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Parameters are written into the Job, which etcd takes up to 1.5 MiB of. */
const BYTES_MAX = 2 ** 20;

/**
 * Reads parameters from a file, JSON or YAML, from standard input, or from the text itself.
 *
 * @param path `-`: standard input; what begins with `{` is not a path but the parameters as JSON
 * @throws {CommandError} if it cannot be read, or does not map names to values
 */
export async function readParamsFile(path: string, stdin: NodeJS.ReadStream = process.stdin): Promise<Params> {
  const isInline = path.trimStart().startsWith("{");
  const source = isInline ? path : path === "-" ? await readInput(stdin) : readFile(path);
  const name = isInline ? "--params" : `--params ${path}`;
  if (Buffer.byteLength(source) > BYTES_MAX)
    throw new CommandError(`${name}: it is larger than 1 MiB`, {
      hint: "Parameters are stored in the Job: pass less.",
    });
  let value: unknown;
  try {
    // JSON is YAML too. Dates stay text, as in JSON.
    const documents = await readYaml(source, { maxAliasCount: 0 });
    if (documents.length > 1) throw new Error("it has more than one document");
    value = documents[0]?.value;
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new CommandError(`${name}: not valid JSON or YAML: ${problem}`, { hint: EXPECTED, cause: error });
  }
  if (isRecord(value) && !Array.isArray(value)) return value as Params;
  throw new CommandError(`${name}: expected names and values, got ${describe(value)}`, { hint: EXPECTED });
}

const EXPECTED = 'Such as {"olderThan": "2h"} or, as YAML, olderThan: 2h';

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : JSON.stringify(value).slice(0, 40);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--params ${path}: cannot read the file (${code})`, {
      hint: "Pass the path of a JSON or YAML file, or - for standard input.",
      cause: error,
    });
  }
}

async function readInput(stdin: NodeJS.ReadStream): Promise<string> {
  if (!stdin.isTTY) return await text(stdin);
  throw new UsageError("--params - reads standard input, but nothing is piped into it", {
    hint: 'For example: echo \'{"olderThan": "2h"}\' | errand trigger JOB --params -',
  });
}
