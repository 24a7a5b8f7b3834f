import type { ResourceCatalog, ResourceInfo } from "../../job/access.ts";
import { CATALOG_TEXT } from "../generated/catalog-data.ts";

/** The verbs by their letter in the catalog's text. */
export const VERB_LETTERS: Readonly<Record<string, string>> = {
  c: "create",
  d: "delete",
  D: "deletecollection",
  g: "get",
  l: "list",
  p: "patch",
  u: "update",
  w: "watch",
};

/** A resource of every cluster, as discovery describes it. */
export interface BuiltinResource extends ResourceInfo {
  /** Short names of kubectl, such as `po`. `access` does not accept them: a job file is read more often than it is written. */
  readonly shortNames: readonly string[];
}

const CORE_VERSION = "v1";

interface Tables {
  readonly all: readonly BuiltinResource[];
  readonly byKey: ReadonlyMap<string, BuiltinResource>;
}

let tables: Tables | undefined;

/** Every built-in resource of Kubernetes 1.37 in the server's preferred version, the core group first. */
export function builtinResources(): readonly BuiltinResource[] {
  return load().all;
}

/**
 * The built-in resources by the keys of `access`: `pods`, `deployments.apps`, or `deployments`, since the group may be left out. Only `events` is in
 * two groups: alone it means the core group's, which kubectl and client-go write; the other is `events.events.k8s.io`.
 */
export const builtinCatalog: ResourceCatalog = {
  find: (key) => findInCore(key) ?? load().byKey.get(key),
  get keys() {
    return [...load().byKey.keys()];
  },
};

/**
 * Finds the resource of an object's apiVersion and kind.
 *
 * @param apiVersion `v1` or `group/version`; only the preferred version of each built-in group is known here
 * @param kind such as `Deployment`
 */
export function findBuiltinKind(apiVersion: string, kind: string): BuiltinResource | undefined {
  const slash = apiVersion.indexOf("/");
  const group = apiVersion.slice(0, Math.max(slash, 0));
  const version = apiVersion.slice(slash + 1);
  return load().all.find((info) => info.kind === kind && info.group === group && info.version === version);
}

/**
 * Finds the key that a short name, a singular or a kind stands for: `deployments` for `deploy`, `deployment` or `Deployment`.
 *
 * @returns undefined for an unknown word
 */
export function keyMeantBy(word: string): string | undefined {
  const lower = word.toLowerCase();
  return load().all.find(
    (info) => info.kind.toLowerCase() === lower || info.resource === lower || info.shortNames.includes(lower),
  )?.resource;
}

/**
 * Finds a resource of the core group, which most jobs use, without parsing the whole table: that would take half a millisecond of a pod's start.
 * The group comes first in the text, one line per resource.
 */
function findInCore(key: string): BuiltinResource | undefined {
  const at = CATALOG_TEXT.indexOf(` ${key} `);
  if (at < 0 || at > CATALOG_TEXT.indexOf("/", 1)) return undefined;
  const [kind = "", ...fields] = CATALOG_TEXT.slice(
    CATALOG_TEXT.lastIndexOf("\n", at) + 1,
    CATALOG_TEXT.indexOf("\n", at),
  ).split(" ");
  return fields[0] === key ? readResource(kind, fields, "", CORE_VERSION) : undefined;
}

// Parsed on first use, so that a pod's start does not pay for a table that its run may not need.
function load(): Tables {
  tables ??= readCatalog(CATALOG_TEXT);
  return tables;
}

function readCatalog(text: string): Tables {
  const all: BuiltinResource[] = [];
  const byKey = new Map<string, BuiltinResource>();
  let group = "";
  let version = "";
  for (const line of text.split("\n")) {
    const [first = "", ...rest] = line.split(" ");
    if (rest.length === 0) {
      [group = "", version = ""] = first.split("/");
      continue;
    }
    const info = readResource(first, rest, group, version);
    all.push(info);
    if (!byKey.has(info.resource)) byKey.set(info.resource, info);
    if (group !== "") byKey.set(`${info.resource}.${group}`, info);
  }
  return { all, byKey };
}

function readResource(kind: string, fields: readonly string[], group: string, version: string): BuiltinResource {
  const [resource = "", scope, verbs = "", shortNames = "-", ...subresources] = fields;
  return {
    group,
    version,
    kind,
    resource,
    namespaced: scope === "n",
    verbs: readVerbs(verbs),
    subresources: Object.fromEntries(
      subresources.map((field) => {
        const [name = "", letters = ""] = field.split(":");
        return [name, readVerbs(letters)];
      }),
    ),
    shortNames: shortNames === "-" ? [] : shortNames.split(","),
  };
}

function readVerbs(letters: string): string[] {
  return [...letters].map((letter) => VERB_LETTERS[letter] ?? letter);
}
