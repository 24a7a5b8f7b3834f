import { fieldOfPod } from "./environment.ts";
import type { Pod, Volume } from "./pod.ts";
import type { Files } from "./volumes.ts";

type Source = NonNullable<NonNullable<Volume["projected"]>["sources"]>[number];

const UNKNOWN_SOURCE = "A projected volume has a source that cannot be mounted here";

/** What the cluster gives to a projected volume. */
export interface ProjectedSources {
  /** What a ConfigMap or Secret holds. */
  readonly read: (kind: "ConfigMap" | "Secret", name: string) => Files | undefined;
  /** Makes a token of the pod's service account. */
  readonly issueToken: (lifetimeSeconds: number | undefined) => string;
}

/**
 * The files of a projected volume: chosen keys of ConfigMaps and Secrets, under the names that it gives them, a token, fields of the pod.
 * https://kubernetes.io/docs/concepts/storage/projected-volumes/
 *
 * @throws {RangeError} for a key that is not there, and for other sources
 */
export function projectedFiles(pod: Pod, sources: readonly Source[], from: ProjectedSources): Files {
  return Object.fromEntries(sources.flatMap((source) => filesOf(pod, source, from)));
}

function filesOf(pod: Pod, source: Source, { read, issueToken }: ProjectedSources): [string, string | Uint8Array][] {
  const { configMap, secret, serviceAccountToken: token, downwardAPI } = source;
  // For another audience than the API server: nobody here would take it.
  if (token && token.audience === undefined) return [[token.path, issueToken(token.expirationSeconds)]];
  if (downwardAPI) return (downwardAPI.items ?? []).map(({ path, fieldRef }) => [path, fieldOf(pod, fieldRef)]);
  const chosen = configMap ?? secret;
  if (chosen === undefined) throw new RangeError(UNKNOWN_SOURCE);
  const all = read(configMap === undefined ? "Secret" : "ConfigMap", chosen.name ?? "") ?? {};
  const items = chosen.items ?? Object.keys(all).map((key) => ({ key, path: key }));
  return items.map(({ key, path }) => {
    const contents = all[key];
    if (contents === undefined) throw new RangeError(`${chosen.name} has no key ${key}`);
    return [path, contents];
  });
}

function fieldOf(pod: Pod, fieldRef: { readonly fieldPath: string } | undefined): string {
  if (fieldRef === undefined) throw new RangeError(UNKNOWN_SOURCE);
  return fieldOfPod(pod, fieldRef.fieldPath);
}
