/**
 * Compares an answer with what is expected of it.
 *
 * @param expected fields that must be there, at any depth; `undefined` means absent, and a list must have exactly these items
 * @returns one line for each difference, with the path to it
 */
export function findMismatches(actual: unknown, expected: unknown, path = "body"): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${path} is ${show(actual)}, not a list`];
    if (actual.length !== expected.length)
      return [`${path} has ${actual.length} items, not ${expected.length}: ${show(actual)}`];
    return expected.flatMap((item, index) => findMismatches(actual[index], item, `${path}[${index}]`));
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return [`${path} is ${show(actual)}, not an object`];
    return Object.entries(expected).flatMap(([key, value]) => findMismatches(actual[key], value, `${path}.${key}`));
  }
  return actual === expected ? [] : [`${path} is ${show(actual)}, not ${show(expected)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "absent";
}
