import { indexText, type Root } from "./builtin-index.ts";
import { catalogText } from "./catalog-data.ts";
import type { DiscoveredVersion } from "./discovery.ts";
import { printDeclaration } from "./print.ts";
import {
  apiVersionOf,
  kindOf,
  reachable,
  type Schema,
  type Schemas,
  SERVER_FACTS,
  schemaOfKind,
  shortName,
} from "./schema.ts";

const META_FILE = "meta-v1";

/**
 * Makes the files of `runtime/kube/generated` from what a server says of its built-in resources.
 *
 * @returns the text of each file by its name
 * @throws {Error} where a resource has no schema, or a name would stand for two types in one file
 */
export function builtinFiles(versions: readonly DiscoveredVersion[], published: Schemas): Map<string, string> {
  const schemas = { ...published, ...SERVER_FACTS };
  const roots = versions.flatMap((version) => rootsOf(version, schemas));
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

function rootsOf(discovered: DiscoveredVersion, schemas: Schemas): Root[] {
  return discovered.resources.map((resource) => {
    const kind = {
      group: resource.group ?? discovered.group,
      version: resource.version ?? discovered.version,
      kind: resource.kind,
    };
    const schema = schemaOfKind(kind, schemas);
    // Options of proxy, exec and the like are query parameters: they have a kind and no schema.
    if (schema === undefined && !resource.name.includes("/")) {
      throw new Error(`${resource.name}: ${apiVersionOf(kind)} ${resource.kind} has no schema`);
    }
    return { group: discovered.group, resource, apiVersion: apiVersionOf(kind), schema };
  });
}

/** Schemas of one Go package go into one file, named after the API group that the package is published as. */
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
