import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { visible } from "../terminal/terminal.ts";
import { type FoundResource, findResource, type TypeSource } from "./find-resource.ts";
import { printDeclaration, quoted, typeName } from "./print.ts";
import {
  apiVersionOf,
  publishedSchemas,
  reachable,
  type Schemas,
  SERVER_FACTS,
  schemaOfKind,
  shortName,
} from "./schema.ts";

/** One file that was written. */
export interface WrittenTypes {
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly file: string;
}

/**
 * Writes a file of types for each resource. Nothing is written before all of them are found.
 *
 * @param resources keys as in `access`
 * @param folder made where there is none
 * @throws {CommandError} for a resource that the cluster does not have, or has without a schema
 */
export async function writeTypes(
  resources: readonly string[],
  folder: string,
  source: TypeSource,
): Promise<WrittenTypes[]> {
  const texts: [WrittenTypes, string][] = [];
  for (const key of resources) {
    // It is the name of the file as well.
    if (!/^[a-z\d][a-z\d.-]*$/.test(key)) {
      throw new UsageError(`${JSON.stringify(key)} is not a resource that types can be written for`, {
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
 * Writes one resource's types with the server's descriptions, as a file that a job's project keeps. The file also says that the key of `access` has
 * these types, so that a job need not import it.
 *
 * @returns undefined where the server publishes no schema for the resource
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

/** The last part of each name, and as much before it as tells it from the others: `Event` and `EventsV1Event`. */
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
