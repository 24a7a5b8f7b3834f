import type { KubeObject } from "./objects.ts";

/**
 * Reads the objects of a YAML text, for `apply` and `create`; documents are separated by `---`, empty ones are left out. YAML is read by its core schema of
 * version 1.2: `on` and `no` are words, what is quoted is text, and a key that is there twice is an error. The parser is in a job's bundle only if the job calls this.
 *
 * @typeParam T what the text holds, such as `ObjectOf<"configmaps">`: believed, and checked by the API server
 * @throws {RangeError} for text that is no YAML, or a document that is no object of Kubernetes, with its line
 * @example
 * for (const object of await parseYaml<ObjectOf<"configmaps">>(text)) await kube.configmaps.apply(object);
 */
export async function parseYaml<T extends KubeObject = KubeObject>(text: string): Promise<T[]> {
  const { LineCounter, parseAllDocuments } = await import("yaml");
  const lineCounter = new LineCounter();
  // Integers beyond 2^53 are bigint, as in answers of the API server; the smaller ones are numbers again.
  const documents = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: true,
    intAsBigInt: true,
    lineCounter,
  });
  const objects: T[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw new RangeError(`the YAML cannot be read: ${error.message.split("\n")[0]}`);
    const value: unknown = document.toJS({ reviver: (_key, one) => narrowed(one) });
    if (value === null) continue;
    const { line } = lineCounter.linePos(document.contents?.range?.[0] ?? 0);
    objects.push(objectOf(value, line) as T);
  }
  return objects;
}

function narrowed(value: unknown): unknown {
  const isSmall = typeof value === "bigint" && BigInt.asIntN(54, value) === value;
  return isSmall ? Number(value) : value;
}

function objectOf(value: unknown, line: number): KubeObject {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || !("apiVersion" in value) || !("kind" in value)) {
    throw new RangeError(`the YAML document at line ${line} is no object of Kubernetes: it has no apiVersion and kind`);
  }
  return value as KubeObject;
}
