import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../terminal/command-error.ts";
import { describedFile } from "./described-file.ts";
import { type GetJson, publishedSchemas } from "./discovery.ts";
import { findResource } from "./find-resource.ts";
import { apiVersionOf } from "./schema.ts";

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
export async function writeTypes(resources: readonly string[], folder: string, get: GetJson): Promise<WrittenTypes[]> {
  const texts: [WrittenTypes, string][] = [];
  for (const key of resources) {
    // It is the name of the file as well.
    if (!/^[a-z\d][a-z\d.-]*$/.test(key)) {
      throw new CommandError(`${JSON.stringify(key)} cannot be a key of access that has types of its own`, {
        hint: "Expected the plural of a resource, with its group where it is a custom one, such as certificates.cert-manager.io",
      });
    }
    const resource = await findResource(key, get);
    const apiVersion = apiVersionOf(resource);
    const text = describedFile(resource, await publishedSchemas(get, [apiVersion]));
    if (text === undefined) {
      throw new CommandError(`The cluster publishes no schema for ${apiVersion} ${resource.kind}`, {
        hint: "Its objects stay untyped: declare what you use of them yourself, in an interface.",
      });
    }
    texts.push([{ resource: key, apiVersion, kind: resource.kind, file: join(folder, `${key}.ts`) }, text]);
  }
  await mkdir(folder, { recursive: true });
  for (const [{ file }, text] of texts) await writeFile(file, text);
  return texts.map(([written]) => written);
}
