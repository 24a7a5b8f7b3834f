import type { LabelSelector } from "../surface/call-options.ts";

const SELECTOR_FIELDS = ["matchLabels", "matchExpressions"];
const NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const KEY = new RegExp(`^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);

/**
 * Serializes a label selector. Text is passed through if each part of it is a term.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 *
 * @throws {RangeError} for an empty selector, which would select everything; for invalid label keys and values, which rules out injection;
 * and for unknown fields and operators
 */
export function labelSelectorText(selector: string | LabelSelector): string {
  // A comma within `in (a,b)` does not separate terms.
  if (typeof selector === "string") return withTerms("labelSelector", selector, selector.replace(/\([^()]*\)/g, "()"));
  const text = writtenSelector(selector);
  return withTerms("labelSelector", text, text);
}

function writtenSelector(selector: LabelSelector): string {
  const unknown = Object.keys(selector).find((field) => !SELECTOR_FIELDS.includes(field));
  if (unknown !== undefined) {
    throw new RangeError(
      `labelSelector: ${JSON.stringify(unknown)} is not a known field: use matchLabels, or write a string`,
    );
  }
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) => `${checkKey(key)}=${checkValue(value)}`,
  );
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    checkKey(key);
    const list = values.map(checkValue).join(",");
    const needsValues = operator === "In" || operator === "NotIn";
    if (needsValues !== values.length > 0)
      throw new RangeError(`label "${key}": ${operator} with ${values.length} values`);
    switch (operator) {
      case "In":
        return `${key} in (${list})`;
      case "NotIn":
        return `${key} notin (${list})`;
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
      default:
        throw new RangeError(`label "${key}": "${operator}" is not an operator: use In, NotIn, Exists or DoesNotExist`);
    }
  });
  return [...equal, ...expressions].join(",");
}

/**
 * To the API server, an empty term matches every object, and a selector without terms is no selector: `,` would select everything, and so would `=`, or
 * a label selector that begins with a NUL.
 * @param parts the text with only those commas that separate terms
 */
function withTerms(option: string, text: string, parts: string): string {
  if (parts.split(",").every((part) => !/^\s*(?:$|[=!]?=)/.test(part)) && !text.includes("\0")) return text;
  const problem = parts.trim() === "" ? "has no term" : "has an empty term";
  throw new RangeError(
    `${option} ${JSON.stringify(text)} ${problem}, so it would select too much: leave it out to select everything (deleteCollection: { all: true })`,
  );
}

/**
 * Serializes a field selector; values may be any text. Text is passed through if each part of it is a term.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 *
 * @param selector field path → required value
 * @throws {RangeError} for an empty selector, an invalid field path, or a value that is not text
 */
export function fieldSelectorText(selector: string | Readonly<Record<string, string>>): string {
  const text = typeof selector === "string" ? selector : Object.entries(selector).map(fieldTerm).join(",");
  return withTerms("fieldSelector", text, text.replace(/\\./gs, "x"));
}

function fieldTerm([field, value]: [string, unknown]): string {
  if (!/^[\w.[\]/-]+$/.test(field)) throw new RangeError(`"${field}" is not a field path`);
  if (typeof value !== "string")
    throw new RangeError(`fieldSelector: the value of "${field}" is ${typeof value}, not text`);
  return `${field}=${value.replace(/[\\,=]/g, "\\$&")}`;
}

function checkKey(key: string): string {
  if (typeof key !== "string" || !KEY.test(key)) throw new RangeError(`"${key}" cannot be the key of a label`);
  return key;
}

function checkValue(value: string): string {
  if (typeof value !== "string" || !VALUE.test(value))
    throw new RangeError(`"${value}" cannot be the value of a label`);
  return value;
}
