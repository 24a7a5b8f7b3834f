import type { ServedResource } from "../../runtime/kube/catalog/served.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { type BuiltinVersion, catalogText, indexText, type Root } from "./builtin-index.ts";
import { printDeclaration } from "./print.ts";
import {
  apiVersionOf,
  kindOf,
  publishedSchemas,
  reachable,
  type Schema,
  type Schemas,
  SERVER_FACTS,
  schemaOfKind,
  shortName,
} from "./schema.ts";

/** What a server publishes about its built-in resources. */
export interface BuiltinDescription {
  /** The preferred version of each group, the core group first and the others by name. */
  readonly versions: readonly BuiltinVersion[];
  readonly schemas: Schemas;
}

/** How the server labels its own groups; those of custom resources have "true", and those of other servers have no such label. */
const OWN_GROUPS = "kube-aggregator.kubernetes.io/automanaged=onstart";

/** The aggregator has no APIService for its own group. */
const AGGREGATOR_GROUP = "apiregistration.k8s.io";

/** Reads discovery and schemas of the built-in groups, whatever else is installed in the cluster. */
export async function readBuiltin(client: KubeClient): Promise<BuiltinDescription> {
  const services = await client.kube.apiservices.list({ labelSelector: OWN_GROUPS }).toArray();
  const own = new Set(["", AGGREGATOR_GROUP, ...services.map(({ metadata }) => metadata.name.replace(/^[^.]+\./, ""))]);
  const versions = (await client.served())
    .filter(({ group }) => own.has(group))
    .toSorted((left, right) => (left.group < right.group ? -1 : 1))
    .flatMap(({ group, versions: [preferred] }) => (preferred === undefined ? [] : [{ group, ...preferred }]));
  const apiVersions = versions.flatMap((version) =>
    [version, ...version.resources.flatMap(({ subresources }) => subresources)].map(apiVersionOf),
  );
  return { versions, schemas: await publishedSchemas(client, new Set(apiVersions)) };
}

const META_FILE = "meta-v1";

/**
 * Makes the files of `runtime/kube/generated`.
 *
 * @returns the text of each file by name
 * @throws {Error} where a resource has no schema, or two types in a file would have the same name
 */
export function builtinFiles(versions: readonly BuiltinVersion[], published: Schemas): Map<string, string> {
  const schemas = { ...published, ...SERVER_FACTS };
  const roots = versions.flatMap(({ resources }) => resources.flatMap((resource) => rootsOf(resource, schemas)));
  const wanted = reachable(
    roots.flatMap((root) => root.schema ?? []),
    schemas,
  );
  const fileOf = filesOfPackages(schemas);
  const names = [...wanted].sort();
  const files = new Map<string, string>();
  for (const file of new Set(names.map((name) => fileOf(name)))) {
    const members = names.filter((name) => fileOf(name) === file);
    files.set(`${file}.ts`, printFile(file, members, schemas, fileOf));
  }
  files.set("catalog-data.ts", `export const CATALOG_TEXT = \`${catalogText(versions)}\`;\n`);
  files.set("builtin.ts", indexText(roots, fileOf));
  return files;
}

function rootsOf(resource: ServedResource, schemas: Schemas): Root[] {
  const { group, resource: plural, kind, namespaced, verbs, subresources } = resource;
  const schema = schemaOfKind(resource, schemas);
  if (schema === undefined) throw new Error(`${plural}: ${apiVersionOf(resource)} ${resource.kind} has no schema`);
  return [
    { group, plural, kind, namespaced, verbs, apiVersion: apiVersionOf(resource), schema },
    // The options of proxy, exec and the like are query parameters: they have a kind but no schema.
    ...subresources.map((each) => ({
      ...{ group, plural, namespaced, subresource: each.name, kind: each.kind, verbs: each.verbs },
      ...{ apiVersion: apiVersionOf(each), schema: schemaOfKind(each, schemas) },
    })),
  ];
}

/** Schemas of one Go package go into one file, named after the package's API group. */
function filesOfPackages(schemas: Schemas): (fullName: string) => string {
  const files = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    const kind = kindOf(schema);
    if (kind !== undefined) files.set(packageOf(name), `${kind.group || "core"}-${kind.version}`);
  }
  return (fullName) => {
    const packageName = packageOf(fullName);
    if (packageName.startsWith("io.k8s.apimachinery.")) return META_FILE;
    return files.get(packageName) ?? packageName.split(".").slice(-2).join("-");
  };
}

function packageOf(fullName: string): string {
  return fullName.slice(0, fullName.lastIndexOf("."));
}

function printFile(
  file: string,
  members: readonly string[],
  schemas: Schemas,
  fileOf: (name: string) => string,
): string {
  const local = new Set(members.map(shortName));
  const imports = new Map<string, Set<string>>();
  const nameOf = (fullName: string) => {
    const name = shortName(fullName);
    const from = fileOf(fullName);
    if (from === file) return name;
    if (local.has(name)) throw new Error(`${file}: ${name} is its own and ${from}'s`);
    imports.set(from, (imports.get(from) ?? new Set()).add(name));
    return name;
  };
  const declarations = members.map((member) => {
    const schema: Schema = schemas[member] ?? {};
    return printDeclaration(shortName(member), schema, { nameOf, describe: false });
  });
  const lines = [...imports]
    .sort()
    .map(([from, names]) => `import type { ${[...names].sort().join(", ")} } from "./${from}.ts";\n`);
  return [lines.join(""), ...declarations].filter((part) => part !== "").join("\n");
}
