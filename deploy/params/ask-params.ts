import type { Json } from "../../runtime/job/definition.ts";
import { isRecord } from "../../runtime/job/problem.ts";
import { CommandError } from "../terminal/command-error.ts";
import { askOnTerminal, visible } from "../terminal/terminal.ts";
import { paramsChecker } from "./complete-params.ts";
import type { JsonSchema } from "./params-schema.ts";
import { type Params, readParams } from "./read-params.ts";

/** The terminal where the person is. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  /** For the questions; stdout is for the command's answer. */
  readonly output: NodeJS.WriteStream;
}

/**
 * Asks a person for parameters, one after the other, with a form made from the schema. Secrets are not shown while they are typed.
 *
 * @throws {CommandError} if the person cancels
 */
export async function askParams(
  names: readonly string[],
  schema: JsonSchema,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
  secret: readonly string[] = [],
): Promise<Params> {
  const answers: [string, Json][] = [];
  for (const name of names) {
    const property = schema.properties?.[name];
    const alone = { ...schema, required: [], properties: property === undefined ? {} : { [name]: property } };
    const check = await paramsChecker(alone);
    const problemWith = (value: Json) => check?.({ [name]: value })[0]?.expected;
    answers.push([name, await ask(paramQuestion(name, schema, secret), problemWith, secret.includes(name), terminal)]);
  }
  return Object.fromEntries(answers);
}

type ProblemWith = (value: Json) => string | undefined;

async function ask(
  question: ParamQuestion,
  problemWith: ProblemWith,
  isSecret: boolean,
  terminal: Terminal,
): Promise<Json> {
  const { confirm, isCancel, password, select, text } = await import("@clack/prompts");
  const message = visible(question.message);
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (isCancel(answer)) throw new CommandError("Nothing was started");
    return answer as Exclude<T, symbol>;
  };
  if (question.kind === "yesOrNo") return answered(await askOnTerminal(() => confirm({ message, ...terminal })));
  if (question.kind === "choice") {
    const options = question.options.map((value, index) => ({ value: index, label: visible(String(value)) }));
    return question.options[answered(await askOnTerminal(() => select({ message, options, ...terminal })))] ?? null;
  }
  const validate = (value: string | undefined) => {
    const problem = problemOf(question, value ?? "", problemWith);
    return problem === undefined ? undefined : visible(problem);
  };
  return question.read(
    answered(await askOnTerminal(() => (isSecret ? password : text)({ message, validate, ...terminal }))),
  );
}

function problemOf(
  { read }: ParamQuestion & { readonly kind: "text" },
  value: string,
  problemWith: ProblemWith,
): string | undefined {
  try {
    return problemWith(read(value));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How to ask for a parameter. */
export type ParamQuestion =
  | { readonly kind: "choice"; readonly message: string; readonly options: readonly Json[] }
  | { readonly kind: "yesOrNo"; readonly message: string }
  | {
      readonly kind: "text";
      readonly message: string;
      /** @throws {CommandError} for text of another type */
      readonly read: (text: string) => Json;
    };

/** Makes a question from a property of the schema: values to choose from, yes or no, or text that is read as `-p` reads it. */
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
