import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { readYaml } from "../../kube/values/yaml.ts";
import { fieldAt, isJsonObject, withPlainNumbers } from "../objects/api-object.ts";

export interface SeedDocument {
  /** For messages: `pods.yaml, document 2, item 3`. */
  readonly place: string;
  readonly value: unknown;
}

const EXTENSIONS = [".yaml", ".yml", ".json"];

/** Standard input, like kubectl. */
const STDIN = "-";

/**
 * Reads the objects of YAML and JSON files, which may have several documents and Lists.
 *
 * @param paths files, `-` for standard input, or folders, whose `.yaml`, `.yml` and `.json` files are read in alphabetical order
 * @throws {RangeError} for an unreadable path, a file without objects, or invalid YAML
 */
export async function readDocuments(paths: readonly string[]): Promise<SeedDocument[]> {
  const documents: SeedDocument[] = [];
  for (const file of paths.flatMap(filesAt)) {
    const found = (await readFile(file)).flatMap(itemsOf);
    if (found.length === 0) throw new RangeError(`${nameOf(file)} has no objects`);
    documents.push(...found);
  }
  return documents;
}

async function readFile(file: string): Promise<SeedDocument[]> {
  const name = nameOf(file);
  const contents = await readText(file);
  try {
    const documents = await readYaml(contents, { hasBooleanWords: true });
    return documents.map(({ value, line }, index) => {
      const place = documents.length > 1 ? `${name}, document ${index + 1} (line ${line})` : name;
      return { place, value: withPlainNumbers(value) };
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${name}: ${error.message}`, { cause: error });
  }
}

function nameOf(file: string): string {
  return file === STDIN ? "stdin" : file;
}

function filesAt(path: string): string[] {
  if (path === STDIN || !isFolder(path)) return [path];
  const files = readdirSync(path).filter((name) => EXTENSIONS.some((extension) => name.endsWith(extension)));
  if (files.length === 0)
    throw new RangeError(
      `The folder ${path} has no ${EXTENSIONS.slice(0, -1).join(", ")} or ${EXTENSIONS.at(-1)} files`,
    );
  return files.sort().map((name) => join(path, name));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readText(file: string): Promise<string> {
  try {
    // Asynchronous: a pipe may be empty while another process is still writing.
    return file === STDIN ? await text(process.stdin) : readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(nameOf(file), error);
  }
}

function unreadable(path: string, error: unknown): RangeError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new RangeError(`Cannot read ${nameOf(path)}: ${code === "ENOENT" ? "no such file or folder" : message}`);
}

/** The items of a List, or the object itself; none for an empty document. */
function itemsOf({ place, value }: SeedDocument): SeedDocument[] {
  if (value === null || value === undefined) return [];
  const items = fieldAt(value, "items");
  if (!isList(value) || !Array.isArray(items)) return [{ place, value }];
  const { apiVersion, kind } = value;
  const shared = kind === "List" ? {} : { apiVersion, kind: String(kind).slice(0, -"List".length) };
  return items.map((item: unknown, index) => ({
    place: `${place}, item ${index + 1}`,
    // The items of a typed list, such as PodList, can omit their type.
    value: isJsonObject(item) ? { ...shared, ...item } : item,
  }));
}

function isList(value: unknown): value is { readonly apiVersion?: unknown; readonly kind: string } {
  const kind = fieldAt(value, "kind");
  return typeof kind === "string" && kind.endsWith("List");
}
