import type { DiscoveredResource } from "./discovery.ts";
import { shortName } from "./schema.ts";

/** A resource or subresource of a built-in group, with the schema of its objects where they have one. */
export interface Root {
  /** The API group that serves it; empty for the core group. */
  readonly group: string;
  readonly resource: DiscoveredResource;
  /** Of its objects: that of another group for `scale` and `eviction`. */
  readonly apiVersion: string;
  /** Full name of the schema. */
  readonly schema: string | undefined;
}

interface Keyed {
  readonly key: string;
  readonly root: Root;
}

const EVERY_VERB = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Writes `builtin.ts`: what the types of `access` and of the client look built-in resources up in. */
export function indexText(roots: readonly Root[], fileOf: (fullName: string) => string): string {
  const keyed = withKeys(roots);
  const objects = keyed.filter(({ root }) => !root.resource.name.includes("/"));
  const aliases = new Map(
    [...new Set(objects.flatMap(({ root }) => (root.schema === undefined ? [] : [fileOf(root.schema)])))]
      .sort()
      .map((file) => [file, aliasOf(file)]),
  );
  const clusterScoped = objects.filter(({ root }) => !root.resource.namespaced).map(({ root }) => root.resource.kind);
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

/** The first resource of a plural has it for itself; all but the core group's can be written with their group. */
function withKeys(roots: readonly Root[]): Keyed[] {
  const taken = new Set<string>();
  return roots.flatMap((root) => {
    const { name } = root.resource;
    const [plural = "", subresource] = name.split("/");
    const suffix = subresource === undefined ? "" : `/${subresource}`;
    const keys = [
      ...(taken.has(name) ? [] : [name]),
      ...(root.group === "" ? [] : [`${plural}.${root.group}${suffix}`]),
    ];
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
  const verbs = [...root.resource.verbs].sort();
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
