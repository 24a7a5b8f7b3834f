import type { LabelSelector } from "../surface/call-options.ts";

const SELECTOR_FIELDS = ["matchLabels", "matchExpressions"];
const NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const KEY = new RegExp(`^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);

/**
 * Writes a label selector as the API server reads it. Text is taken as it is, if each part of it is a term.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 *
 * @throws {RangeError} for a selector without a term, which would select everything; for keys and values that no label can have, so that nothing can be
 * smuggled in; and for fields and operators that do not exist
 */
export function labelSelectorText(selector: string | LabelSelector): string {
  // A comma within `in (a,b)` divides no terms.
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
 * The API server takes a field selector's part without a term for one that every object meets, and a selector without any for no selector at all: `,` would be everything,
 * and so would `=`, or a label selector that begins with a NUL.
 * @param parts the text as it is divided by commas
 */
function withTerms(option: string, text: string, parts: string): string {
  if (parts.split(",").every((part) => !/^\s*(?:$|[=!]?=)/.test(part)) && !text.includes("\0")) return text;
  const problem = parts.trim() === "" ? "has no term" : "has an empty term";
  throw new RangeError(
    `${option} ${JSON.stringify(text)} ${problem}, so it would select too much: leave it out to select everything (deleteCollection: { all: true })`,
  );
}

/**
 * Writes a field selector; values may hold anything. Text is taken as it is, if each part of it is a term.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 *
 * @param selector field path to the value that it must have
 * @throws {RangeError} for a selector without a term, a field that is no path, and a value that is not text
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
