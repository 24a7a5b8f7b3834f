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
class Tokens {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    const tokens: string[] = [];
    for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) tokens.push(match[1] ?? "");
    this.#tokens = tokens;
  }

  /** The next token; empty at the end. */
  get ahead(): string {
    return this.#tokens[this.#next] ?? "";
  }

  take(): string {
    const token = this.ahead;
    this.#next += 1;
    return token;
  }
}

function isIdentifier(token: string): boolean {
  return token !== "" && !SYMBOL.test(token);
}

function unexpected(token: string, expected: string, inRequirement = true): Error {
  const prefix = inRequirement ? "unable to parse requirement: " : "";
  return badRequest(`${prefix}found '${token}', expected: ${expected}`);
}

/**
 * Parses a label selector, such as `app=web,tier in (front, back),!canary`.
 *
 * @param text an empty selector matches everything
 * @throws {ApiStatusError} 400 in the API server's words
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const tokens = new Tokens(text);
  const requirements: LabelRequirement[] = [];
  if (tokens.ahead === "") return requirements;
  for (;;) {
    if (!isIdentifier(tokens.ahead) && tokens.ahead !== "!") {
      throw unexpected(tokens.ahead, "!, identifier, or 'end of string'", false);
    }
    requirements.push(readRequirement(tokens));
    const separator = tokens.take();
    if (separator === "") return requirements;
    if (separator !== ",") throw unexpected(separator, "',' or 'end of string'", false);
    if (!isIdentifier(tokens.ahead) && tokens.ahead !== "!") {
      throw unexpected(tokens.ahead, "identifier after ','", false);
    }
  }
}

function readRequirement(tokens: Tokens): LabelRequirement {
  const absent = tokens.ahead === "!";
  if (absent) tokens.take();
  const key = tokens.take();
  if (!isIdentifier(key)) throw unexpected(key, "identifier");
  if (tokens.ahead === "" || tokens.ahead === ",") return { key, operator: absent ? "absent" : "exists", values: [] };
  const operator = tokens.take();
  switch (operator) {
    case "=":
    case "==":
      return { key, operator: "in", values: [readValue(tokens)] };
    case "!=":
      return { key, operator: "notIn", values: [readValue(tokens)] };
    case "in":
    case "notin":
      return { key, operator: operator === "in" ? "in" : "notIn", values: readValues(tokens) };
    case ">":
    case "<":
      return { key, operator: operator === ">" ? "above" : "below", values: [readValue(tokens)] };
    default:
      throw unexpected(operator, BINARY_OPERATORS);
  }
}

function readValue(tokens: Tokens): string {
  if (tokens.ahead === "" || tokens.ahead === ",") return "";
  const value = tokens.take();
  if (!isIdentifier(value)) throw unexpected(value, "identifier");
  return value;
}

function readValues(tokens: Tokens): string[] {
  const open = tokens.take();
  if (open !== "(") throw badRequest(`unable to parse requirement: found '${open}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    values.push(isIdentifier(tokens.ahead) ? tokens.take() : "");
    const separator = tokens.take();
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
