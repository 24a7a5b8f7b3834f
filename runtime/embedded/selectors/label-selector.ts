import { badRequest } from "../objects/api-status.ts";

/** One condition on an object's labels. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "exists" | "absent" | "in" | "notIn" | "above" | "below";
  readonly values: readonly string[];
}

const TOKEN = /\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)/y;
const SYMBOL = /^(?:==|!=|[=!(),<>])$/;
const BINARY_OPERATORS = "=, !=, ==, in, notin, >, <";

/** Iterates over a selector's tokens. */
class Words {
  readonly #words: readonly string[];
  #next = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    const words: string[] = [];
    for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) words.push(match[1] ?? "");
    this.#words = words;
  }

  /** The next token; empty at the end. */
  get ahead(): string {
    return this.#words[this.#next] ?? "";
  }

  take(): string {
    const word = this.ahead;
    this.#next += 1;
    return word;
  }
}

function isIdentifier(word: string): boolean {
  return word !== "" && !SYMBOL.test(word);
}

function unexpected(word: string, expected: string, inRequirement = true): Error {
  const prefix = inRequirement ? "unable to parse requirement: " : "";
  return badRequest(`${prefix}found '${word}', expected: ${expected}`);
}

/**
 * Parses a label selector, such as `app=web,tier in (front, back),!canary`.
 *
 * @param text an empty selector matches everything
 * @throws {ApiStatusError} 400 in the API server's words
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const words = new Words(text);
  const requirements: LabelRequirement[] = [];
  if (words.ahead === "") return requirements;
  for (;;) {
    if (!isIdentifier(words.ahead) && words.ahead !== "!") {
      throw unexpected(words.ahead, "!, identifier, or 'end of string'", false);
    }
    requirements.push(readRequirement(words));
    const separator = words.take();
    if (separator === "") return requirements;
    if (separator !== ",") throw unexpected(separator, "',' or 'end of string'", false);
    if (!isIdentifier(words.ahead) && words.ahead !== "!") {
      throw unexpected(words.ahead, "identifier after ','", false);
    }
  }
}

function readRequirement(words: Words): LabelRequirement {
  const absent = words.ahead === "!";
  if (absent) words.take();
  const key = words.take();
  if (!isIdentifier(key)) throw unexpected(key, "identifier");
  if (words.ahead === "" || words.ahead === ",") return { key, operator: absent ? "absent" : "exists", values: [] };
  const operator = words.take();
  switch (operator) {
    case "=":
    case "==":
      return { key, operator: "in", values: [readValue(words)] };
    case "!=":
      return { key, operator: "notIn", values: [readValue(words)] };
    case "in":
    case "notin":
      return { key, operator: operator === "in" ? "in" : "notIn", values: readValues(words) };
    case ">":
    case "<":
      return { key, operator: operator === ">" ? "above" : "below", values: [readValue(words)] };
    default:
      throw unexpected(operator, BINARY_OPERATORS);
  }
}

function readValue(words: Words): string {
  if (words.ahead === "" || words.ahead === ",") return "";
  const value = words.take();
  if (!isIdentifier(value)) throw unexpected(value, "identifier");
  return value;
}

function readValues(words: Words): string[] {
  const open = words.take();
  if (open !== "(") throw badRequest(`unable to parse requirement: found '${open}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    values.push(isIdentifier(words.ahead) ? words.take() : "");
    const separator = words.take();
    if (separator === ")") return values;
    if (separator !== ",") throw unexpected(separator, "',' or ')'");
  }
}

/** True if the labels meet all requirements. */
export function matchesLabels(
  requirements: readonly LabelRequirement[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return requirements.every((requirement) => meets(requirement, labels?.[requirement.key]));
}

function meets({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "in":
      return value !== undefined && values.includes(value);
    case "notIn":
      return value === undefined || !values.includes(value);
    case "above":
      return value !== undefined && Number(value) > Number(values[0]);
    case "below":
      return value !== undefined && Number(value) < Number(values[0]);
  }
}
