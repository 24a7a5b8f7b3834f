import type { Alias, Document, LineCounter, Node, Pair, Scalar, YAMLMap } from "yaml";
import type { KubeObject } from "../surface/objects.ts";

export interface YamlOptions {
  /** Reads `on`, `yes`, `y`, `off`, `no` and `n` as booleans, like kubectl. Default: as strings. */
  readonly hasBooleanWords?: boolean;
  /** Maximum number of alias references, against texts that expand exponentially. Default: 100. */
  readonly maxAliasCount?: number;
}

export interface YamlDocument {
  readonly value: unknown;
  /** The first line of its content, counted from 1. */
  readonly line: number;
}

/**
 * Parses the objects of a YAML text, for `apply` and `create`. Documents are separated by `---`, empty ones are skipped, and a list (`kind: List`, `ConfigMapList`) yields
 * its items. Numbers and merge keys (`<<`) are read like kubectl: `0400` is 256. Everything else follows the core schema of YAML 1.2: `on` and `no` are
 * strings, and so is anything quoted; duplicate keys are an error. The parser is in a job's bundle only if the job calls this function.
 *
 * @typeParam T the type of the objects, such as `ObjectOf<"configmaps">`: not checked here, but by the API server
 * @throws {RangeError} with the line, for text that is not YAML, or a document that is not a Kubernetes object
 * @example
 * for (const object of await parseYaml<ObjectOf<"configmaps">>(text)) await kube.configmaps.apply(object);
 */
export async function parseYaml<T extends KubeObject = KubeObject>(text: string): Promise<T[]> {
  const documents = await readYaml(text);
  return documents.filter(({ value }) => value !== null).flatMap(({ value, line }) => objectsOf(value, line) as T[]);
}

/**
 * Parses the documents of a YAML or JSON text.
 *
 * @throws {RangeError} with the line, for invalid YAML, and for what kubectl reads differently from other parsers; it quotes nothing but keys
 */
export async function readYaml(text: string, options: YamlOptions = {}): Promise<YamlDocument[]> {
  const { LineCounter, parseAllDocuments, visit } = await import("yaml");
  const lineCounter = new LineCounter();
  // All values are strings at first and are typed below: the parser only decides where strings, lists and maps begin and end.
  const documents = parseAllDocuments(text, { schema: "failsafe", merge: true, uniqueKeys: true, lineCounter });
  return [...documents].map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw unreadable(error.message.split("\n")[0] ?? "");
    const reader = new Reader(document, lineCounter, options.hasBooleanWords === true);
    visit(document, { Alias: (_key, node, path) => reader.follow(node, path) });
    visit(document, {
      Scalar: (_key, node) => reader.resolve(node),
      Map: (_key, node) => reader.check(node),
      Seq: (_key, node) => reader.refuseTag(node),
    });
    try {
      const value: unknown = document.toJS({ maxAliasCount: options.maxAliasCount ?? 100 });
      return { value, line: reader.lineOf(document.contents) };
    } catch (cause) {
      throw unreadable(cause instanceof Error ? cause.message : String(cause));
    }
  });
}

const YAML_TAG = "tag:yaml.org,2002:";
const TEXT_TAGS = ["!", `${YAML_TAG}str`];
const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  [`${YAML_TAG}int`]: (value) => typeof value === "bigint" || Number.isInteger(value),
  [`${YAML_TAG}float`]: (value) => typeof value === "bigint" || typeof value === "number",
  [`${YAML_TAG}bool`]: (value) => typeof value === "boolean",
  [`${YAML_TAG}null`]: (value) => value === null,
};
/** Limits nested merges, which can grow tenfold with each line. */
const MERGES_MAX = 10_000;
const COLLECTION_TAGS = [`${YAML_TAG}map`, `${YAML_TAG}seq`];

/** Gives the nodes of one document the values that kubectl would. */
class Reader {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #hasBooleanWords: boolean;
  #merges = 0;

  constructor(document: Document, lines: LineCounter, hasBooleanWords: boolean) {
    this.#document = document;
    this.#lines = lines;
    this.#hasBooleanWords = hasBooleanWords;
  }

  lineOf(node: Node | null): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line;
  }

  resolve(node: Scalar): void {
    const { tag, source = "", type, value } = node;
    if (typeof value === "symbol") return;
    if (tag === undefined ? type !== "PLAIN" : TEXT_TAGS.includes(tag)) return;
    const resolved = plainValue(source, this.#hasBooleanWords);
    if (resolved === undefined) throw this.#problem(node, `${source} is a number that JSON cannot represent`);
    if (tag !== undefined && KINDS[tag]?.(resolved) !== true) throw this.#badTag(node, tag);
    node.value = resolved;
  }

  refuseTag(node: Node & { readonly tag?: string | undefined }): void {
    if (node.tag !== undefined && !COLLECTION_TAGS.includes(node.tag)) throw this.#badTag(node, node.tag);
  }

  /** @throws {RangeError} for an alias within its own anchor */
  follow(alias: Alias, path: readonly unknown[]): void {
    if (path.includes(alias.resolve(this.#document))) {
      throw this.#problem(alias, `the anchor "${alias.source}" contains itself`);
    }
  }

  /** For a key that a later merge key repeats, kubectl takes the merged value, other parsers the explicit one: refused as ambiguous. */
  check(map: YAMLMap): void {
    this.refuseTag(map);
    const before = new Set<string>();
    const merged = new Set<string>();
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      const isMerge = isMergeKey(key);
      const own = isMerge ? this.#keysOf(value) : [this.#keyOf(key)];
      // Keys after << override merged ones in every parser.
      const twice = own.find((each) => before.has(each) || (isMerge && merged.has(each)));
      if (twice !== undefined) {
        const problem = isMerge ? "is repeated by a later <<: put << first" : "is duplicated";
        throw this.#problem(key, `"${twice}" ${problem}`);
      }
      for (const each of own) (isMerge ? merged : before).add(each);
    }
  }

  /** The keys of the merged map or maps. The parser refuses anything else. */
  #keysOf(source: unknown): string[] {
    this.#merges += 1;
    if (this.#merges > MERGES_MAX) throw unreadable(`it has more than ${MERGES_MAX} merge keys`);
    const node = this.#targetOf(source);
    const { items } = (node ?? {}) as { readonly items?: readonly unknown[] };
    return (items ?? []).flatMap((item) => {
      if (!isPair(item)) return this.#keysOf(item);
      return isMergeKey(item.key) ? this.#keysOf(item.value) : [this.#keyOf(item.key)];
    });
  }

  #keyOf(source: Node): string {
    const key = this.#targetOf(source) as Scalar;
    const value = key.type === "PLAIN" ? plainValue(key.source ?? "", this.#hasBooleanWords) : key.value;
    if (value !== null && value !== undefined && typeof value !== "object") return String(value);
    throw this.#problem(source, "a key is not a string");
  }

  #targetOf(node: unknown): unknown {
    return isAliasNode(node) ? node.resolve(this.#document) : node;
  }

  #badTag(node: Node, tag: string): RangeError {
    return this.#problem(node, `the tag ${tag.replace(YAML_TAG, "!!")} is not supported`);
  }

  #problem(node: Node, what: string): RangeError {
    return unreadable(`${what}, at line ${this.lineOf(node)}`);
  }
}

function isMergeKey(key: unknown): boolean {
  return typeof (key as Scalar | null)?.value === "symbol";
}

function isAliasNode(node: unknown): node is Alias {
  return typeof node === "object" && node !== null && "resolve" in node;
}

function isPair(item: unknown): item is Pair<Node, unknown> {
  return typeof item === "object" && item !== null && "key" in item;
}

const WORDS = /^(?:(true|True|TRUE)|(false|False|FALSE)|(?:~|null|Null|NULL)?)$/;
const BOOLEAN_WORDS = /^(?:(y|Y|yes|Yes|YES|on|On|ON)|(?:n|N|no|No|NO|off|Off|OFF))$/;
const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const ENDLESS = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
/** Above it, kubectl reads decimal digits as a float, and other notations as a string. */
const INTEGER_MAX = 2n ** 64n;

/**
 * The value of an unquoted scalar in kubectl, which uses Go's parser: integers in Go's syntax, including the octals of both YAML versions, with underscores anywhere.
 * https://pkg.go.dev/sigs.k8s.io/yaml https://pkg.go.dev/strconv#ParseInt
 *
 * @returns undefined if it is not a value in JSON
 */
function plainValue(source: string, hasBooleanWords: boolean): unknown {
  const word = WORDS.exec(source);
  if (word !== null) return word[1] !== undefined ? true : word[2] !== undefined ? false : null;
  const yes = hasBooleanWords ? BOOLEAN_WORDS.exec(source) : null;
  if (yes !== null) return yes[1] !== undefined;
  if (ENDLESS.test(source)) return undefined;
  const digits = /^[-+\d]/.test(source) ? source.replaceAll("_", "") : source;
  const integer = INTEGER.exec(digits);
  const size = integer === null ? INTEGER_MAX : sizeOf(integer);
  if (size < INTEGER_MAX) return narrowed(integer?.[1] === "-" ? -size : size);
  return FLOAT.test(digits) ? Number(digits) : source;
}

function sizeOf([, , hexadecimal, binary, octal, decimal]: RegExpExecArray): bigint {
  if (hexadecimal !== undefined) return BigInt(`0x${hexadecimal}`);
  if (binary !== undefined) return BigInt(`0b${binary}`);
  return BigInt(octal === undefined ? (decimal ?? "0") : `0o${octal}`);
}

/** Integers above 2^53 are bigint, as in answers of the API server. */
function narrowed(value: bigint): number | bigint {
  return BigInt.asIntN(54, value) === value ? Number(value) : value;
}

/** Splits lists like kubectl: items may leave out the kind that the list's kind implies. */
function objectsOf(value: unknown, line: number): KubeObject[] {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || !("apiVersion" in value) || !("kind" in value)) {
    throw new RangeError(`the YAML document at line ${line} is not a Kubernetes object: it has no apiVersion and kind`);
  }
  const { apiVersion, kind, items } = value as { apiVersion: unknown; kind: unknown; items?: unknown };
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [value as KubeObject];
  const own = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
  return items.flatMap((item: unknown) => objectsOf(isPlain(item) ? { ...own, ...item } : item, line));
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(problem: string): RangeError {
  return new RangeError(`the YAML cannot be read: ${problem}`);
}
