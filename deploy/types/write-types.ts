import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAccessKey } from "../../runtime/job/access.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { builtinCatalog, keyMeantBy } from "../../runtime/kube/catalog/builtin.ts";
import type { ServedGroup } from "../../runtime/kube/catalog/served.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { visible } from "../terminal/terminal.ts";
import { printDeclaration, quoted, typeName } from "./print.ts";
import {
  apiVersionOf,
  type GroupVersionKind,
  publishedSchemas,
  reachable,
  type SchemaSource,
  type Schemas,
  SERVER_FACTS,
  schemaOfKind,
  shortName,
} from "./schema.ts";

/** A file that was written. */
export interface WrittenTypes {
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly file: string;
}

/**
 * Writes a file with the types of each resource. Nothing is written unless all of them are found.
 *
 * @param resources keys as in `access`
 * @param folder created if it does not exist
 * @throws {CommandError} for a resource that the cluster does not have, or has without a schema
 */
export async function writeTypes(
  resources: readonly string[],
  folder: string,
  source: TypeSource,
): Promise<WrittenTypes[]> {
  const texts: [WrittenTypes, string][] = [];
  for (const key of resources) {
    // It becomes the name of the file.
    if (!/^[a-z\d][a-z\d.-]*$/.test(key)) {
      throw new UsageError(`${JSON.stringify(key)} is not the name of a resource`, {
        hint: "Expected the plural of a resource, with its group if it is a custom one, such as certificates.cert-manager.io",
      });
    }
    const resource = await findResource(key, source);
    const apiVersion = apiVersionOf(resource);
    const text = describedFile(resource, await publishedSchemas(source, [apiVersion]));
    if (text === undefined) {
      throw new CommandError(`The cluster publishes no schema for ${apiVersion} ${resource.kind}`, {
        hint: "Its objects stay untyped: declare the fields you use in an interface of your own.",
      });
    }
    texts.push([{ resource: key, apiVersion, kind: resource.kind, file: join(folder, `${key}.ts`) }, text]);
  }
  await mkdir(folder, { recursive: true });
  for (const [{ file }, text] of texts) await writeFile(file, text);
  return texts.map(([written]) => written);
}

/**
 * Prints the types of a resource, with the server's descriptions, as a file of a project. The file also declares them for the key of `access`, so that a job need
 * not import it.
 *
 * @returns undefined if the server publishes no schema for the resource
 */
export function describedFile(resource: FoundResource, published: Schemas): string | undefined {
  const schemas = { ...published, ...SERVER_FACTS };
  const root = schemaOfKind(resource, schemas);
  if (root === undefined) return undefined;
  const members = [...reachable([root], schemas)];
  const nameOf = namesIn(members);
  const declarations = members.map((member) =>
    printDeclaration(nameOf(member), schemas[member] ?? {}, { nameOf, describe: true }),
  );
  return [
    `// Written by \`errand types ${resource.key}\` from ${visible(apiVersionOf(resource))} of the cluster. Run it again to bring it up to date.\n`,
    ...declarations,
    `declare module "errand" {\n  interface CustomObjects {\n    ${quoted(resource.key)}: ${nameOf(root)};\n  }\n}\n`,
  ].join("\n");
}

/** The last part of each schema's name, with as many parts before it as make it unique: `Event` and `EventsV1Event`. */
function namesIn(members: readonly string[]): (fullName: string) => string {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const member of members) {
    const parts = member.split(".");
    let name = typeName(shortName(member));
    for (let before = parts.length - 2; taken.has(name) && before >= 0; before--)
      name = capitalized(parts[before]) + name;
    const unnumbered = name;
    for (let number = 2; taken.has(name); number++) name = `${unnumbered}${number}`;
    taken.add(name);
    names.set(member, name);
  }
  return (fullName) => names.get(fullName) ?? "unknown";
}

function capitalized(part = ""): string {
  const word = part.replaceAll(/\W/g, "");
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A resource of a cluster, with its key in `access`. */
export interface FoundResource extends GroupVersionKind {
  readonly key: string;
}

/** Where resources and their schemas come from. */
export type TypeSource = SchemaSource & Pick<KubeClient, "served">;

/**
 * Finds the resource that a key of `access` names: a built-in one, or one of the cluster's, in the version that the server prefers.
 *
 * @throws {CommandError} where there is none, with the key that was probably meant
 */
export async function findResource(key: string, source: Pick<TypeSource, "served">): Promise<FoundResource> {
  const builtin = builtinCatalog.find(key);
  if (builtin !== undefined) return { key, ...builtin };
  const { resource, group } = parseAccessKey(key);
  const groups = await source.served();
  const [preferred] = groups.find((each) => each.group === group)?.versions ?? [];
  const found = preferred?.resources.find((each) => each.resource === resource);
  if (found === undefined) throw unknownResource(key, groups);
  return { key, group: found.group, version: found.version, kind: found.kind };
}

function unknownResource(key: string, groups: readonly ServedGroup[]): CommandError {
  const meant = keyMeantBy(key) ?? keyInCluster(key, groups);
  return new UsageError(
    `The cluster has no resource "${key}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    {
      hint: "Write a custom resource with its group, such as certificates.cert-manager.io. kubectl api-resources lists all.",
    },
  );
}

function keyInCluster(name: string, groups: readonly ServedGroup[]): string | undefined {
  const lower = name.toLowerCase();
  const keys: string[] = [];
  for (const { group, versions } of groups) {
    for (const { resource, kind, shortNames } of versions[0]?.resources ?? []) {
      const key = group === "" ? resource : `${resource}.${group}`;
      if ([resource, kind.toLowerCase(), ...shortNames].includes(lower)) return key;
      keys.push(key);
    }
  }
  return closestWord(name, keys);
}
