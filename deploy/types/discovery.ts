import type { Schema, Schemas } from "./schema.ts";

/** One entry of an APIResourceList; a name with a slash is a subresource. https://kubernetes.io/docs/reference/using-api/api-concepts/#api-discovery */
export interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  /** Where the objects of a subresource are of another group, such as `scale`. */
  readonly group?: string;
  readonly version?: string;
}

/** What `/api/v1` and `/apis/<group>/<version>` answer. */
export interface DiscoveredVersion {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resources: readonly DiscoveredResource[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly preferredVersion: { readonly version: string };
  }[];
}

interface OpenApiIndex {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

interface OpenApiDocument {
  readonly components?: { readonly schemas?: Schemas };
}

/** Reads one path of the API server as JSON. */
export type GetJson = (path: string) => Promise<unknown>;

/** The path of one version of an API group. */
export function versionPath(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

/**
 * Asks a server for the preferred version of each of its API groups, the core group first and the others by name.
 *
 * @param get reads one path, such as `/apis/apps/v1`
 * @param isWanted chooses groups by name; without it all are asked for
 */
export async function discover(
  get: GetJson,
  isWanted: (group: string) => boolean = () => true,
): Promise<DiscoveredVersion[]> {
  const { groups } = (await get("/apis")) as GroupList;
  const wanted = groups
    .filter(({ name }) => isWanted(name))
    .map((group) => ({ group: group.name, version: group.preferredVersion.version }))
    .sort((left, right) => (left.group < right.group ? -1 : 1));
  const found: DiscoveredVersion[] = [];
  for (const { group, version } of [{ group: "", version: "v1" }, ...wanted]) {
    const list = (await get(`/${versionPath(group, version)}`)) as Pick<DiscoveredVersion, "resources">;
    found.push({ group, version, resources: list.resources });
  }
  return found;
}

/**
 * Asks a server for the schemas of API versions, all in one table.
 *
 * @param apiVersions such as `v1` and `apps/v1`; a version that the server does not publish is left out
 */
export async function publishedSchemas(get: GetJson, apiVersions: Iterable<string>): Promise<Schemas> {
  const { paths } = (await get("/openapi/v3")) as OpenApiIndex;
  const found: Record<string, Schema> = Object.create(null); // a schema may be called __proto__
  for (const apiVersion of apiVersions) {
    const url = paths[apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`]?.serverRelativeURL;
    if (url === undefined) continue;
    Object.assign(found, ((await get(url)) as OpenApiDocument).components?.schemas);
  }
  return found;
}
