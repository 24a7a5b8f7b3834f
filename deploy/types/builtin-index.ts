import { VERB_LETTERS } from "../../runtime/kube/catalog/builtin.ts";
import type { ServedResource, ServedVersion } from "../../runtime/kube/catalog/served.ts";
import { shortName } from "./schema.ts";

/** A server's preferred version of a built-in group. */
export interface BuiltinVersion extends Pick<ServedVersion, "version" | "resources"> {
  /** Empty for the core group. */
  readonly group: string;
}

/** A resource or subresource of a built-in group, with the schema of its objects, if any. */
export interface Root {
  /** The API group that serves it; empty for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly subresource?: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** That of its objects, which for `scale` and `eviction` belongs to another group. */
  readonly apiVersion: string;
  /** Full name of the schema. */
  readonly schema: string | undefined;
}

interface Keyed {
  readonly key: string;
  readonly root: Root;
}

const EVERY_VERB = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Writes `builtin.ts`, in which the types of `access` and of the client look up built-in resources. */
export function indexText(roots: readonly Root[], fileOf: (fullName: string) => string): string {
  const keyed = withKeys(roots);
  const objects = keyed.filter(({ root }) => root.subresource === undefined);
  const aliases = new Map(
    [...new Set(objects.flatMap(({ root }) => (root.schema === undefined ? [] : [fileOf(root.schema)])))]
      .sort()
      .map((file) => [file, aliasOf(file)]),
  );
  const clusterScoped = objects.filter(({ root }) => !root.namespaced).map(({ root }) => root.kind);
  const apiVersions = new Set(roots.flatMap((root) => (root.schema === undefined ? [] : [root.apiVersion])));
  return [
    [...aliases].map(([file, alias]) => `import type * as ${alias} from "./${file}.ts";\n`).join(""),
    "/** The key of `access` → the type of its objects. */",
    `export interface BuiltinObjects {\n${objects.map((each) => objectLine(each, fileOf)).join("")}}\n`,
    `type EveryVerb = ${union(EVERY_VERB)};\n`,
    "/** The key of `access`, with its subresource where it has one → the verbs that the API server offers. */",
    `export interface BuiltinVerbs {\n${keyed.map(verbsLine).join("")}}\n`,
    "/** What built-in objects say in `apiVersion`. */",
    `export type BuiltinApiVersion =\n${longUnion(apiVersions)};\n`,
    "/** Kinds of built-in objects that belong to no namespace. */",
    `export type ClusterScopedKind =\n${longUnion(new Set(clusterScoped))};\n`,
  ].join("\n");
}

/** The first resource with a plural can be written without its group; all but the core group's can be written with it. */
function withKeys(roots: readonly Root[]): Keyed[] {
  const taken = new Set<string>();
  return roots.flatMap((root) => {
    const { group, plural, subresource } = root;
    const suffix = subresource === undefined ? "" : `/${subresource}`;
    const name = `${plural}${suffix}`;
    const keys = [...(taken.has(name) ? [] : [name]), ...(group === "" ? [] : [`${plural}.${group}${suffix}`])];
    taken.add(name);
    return keys.map((key) => ({ key, root }));
  });
}

function objectLine({ key, root }: Keyed, fileOf: (fullName: string) => string): string {
  return root.schema === undefined
    ? ""
    : `  ${propertyName(key)}: ${aliasOf(fileOf(root.schema))}.${shortName(root.schema)};\n`;
}

function verbsLine({ key, root }: Keyed): string {
  const verbs = [...root.verbs].sort();
  const every = verbs.join() === EVERY_VERB.join();
  return `  ${propertyName(key)}: ${every ? "EveryVerb" : union(verbs)};\n`;
}

function propertyName(key: string): string {
  return /^\w+$/.test(key) ? key : JSON.stringify(key);
}

function union(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(" | ");
}

function longUnion(words: ReadonlySet<string>): string {
  return [...words].map((each) => `  | ${JSON.stringify(each)}`).join("\n");
}

/** `apps-v1` → `appsV1`. */
function aliasOf(file: string): string {
  return file.replaceAll(/[^A-Za-z0-9]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const LETTER_OF_VERB = new Map(Object.entries(VERB_LETTERS).map(([letter, verb]) => [verb, letter]));

/**
 * Writes the text that `runtime/kube/catalog/builtin.ts` reads: for each version a line `group/version` (`/v1` is the core group), then a line for each resource:
 * kind, plural, `n` or `c` for its scope, letters for its verbs, short names or `-`, and each subresource with its verbs.
 *
 * @throws {Error} for a verb that has no letter yet
 */
export function catalogText(versions: readonly BuiltinVersion[]): string {
  return versions
    .flatMap(({ group, version, resources }) => [
      `${group}/${version}`,
      ...resources.toSorted(by(({ resource }) => resource)).map(resourceLine),
    ])
    .join("\n");
}

function resourceLine({ kind, resource, namespaced, verbs, shortNames, subresources }: ServedResource): string {
  return [
    kind,
    resource,
    namespaced ? "n" : "c",
    letters(resource, verbs),
    shortNames.join(",") || "-",
    ...subresources.toSorted(by(({ name }) => name)).map((each) => `${each.name}:${letters(resource, each.verbs)}`),
  ].join(" ");
}

function letters(resource: string, verbs: readonly string[]): string {
  return [...verbs]
    .sort()
    .map((verb) => {
      const letter = LETTER_OF_VERB.get(verb);
      if (letter === undefined)
        throw new Error(`${resource} has the verb "${verb}", which has no letter in VERB_LETTERS`);
      return letter;
    })
    .join("");
}

function by<T>(key: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (key(left) < key(right) ? -1 : 1);
}
