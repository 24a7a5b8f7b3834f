import type { KubeRequest } from "./request.ts";

/** Query parameters as people give them: what is undefined is left out, arrays are repeated in their order. */
export type QueryInput = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The same with nothing but texts, which nobody else has. */
export function copyQuery(input: QueryInput): QueryInput {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

/** Makes the query of a request. */
export function queryOf(input: QueryInput): KubeRequest["query"] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const one of value as readonly unknown[]) pairs.push([name, String(one)]);
    else pairs.push([name, String(value)]);
  }
  return pairs;
}
