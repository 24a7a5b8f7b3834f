import type { Files } from "./pod-files.ts";
import type { Volume } from "./pod-spec.ts";

type Sources = NonNullable<NonNullable<Volume["projected"]>["sources"]>;

/**
 * The files of a projected volume: chosen keys of ConfigMaps and Secrets, under the names that it gives them.
 * https://kubernetes.io/docs/concepts/storage/projected-volumes/
 *
 * @param read gives what one of them holds
 * @throws {RangeError} for a key that is not there, and for other sources
 */
export function projectedFiles(
  sources: Sources,
  read: (kind: "ConfigMap" | "Secret", name: string) => Files | undefined,
): Files {
  const files: Record<string, string | Uint8Array> = {};
  for (const { configMap, secret } of sources) {
    const chosen = configMap ?? secret;
    if (chosen === undefined) throw new RangeError("A projected volume has a source that cannot be mounted here");
    const all = read(configMap === undefined ? "Secret" : "ConfigMap", chosen.name ?? "") ?? {};
    const items = chosen.items ?? Object.keys(all).map((key) => ({ key, path: key }));
    for (const { key, path } of items) {
      const contents = all[key];
      if (contents === undefined) throw new RangeError(`${chosen.name} has no key ${key}`);
      files[path] = contents;
    }
  }
  return files;
}
