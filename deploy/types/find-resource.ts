import { parseAccessKey } from "../../runtime/job/access.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { builtinCatalog, keyMeantBy } from "../../runtime/kube/catalog/builtin.ts";
import type { ServedGroup } from "../../runtime/kube/catalog/served.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { type CommandError, UsageError } from "../terminal/command-error.ts";
import type { GroupVersionKind, SchemaSource } from "./schema.ts";

/** A resource of a cluster, by the key of `access` that names it. */
export interface FoundResource extends GroupVersionKind {
  readonly key: string;
}

/** What is asked for resources and their schemas. */
export type TypeSource = SchemaSource & Pick<KubeClient, "served">;

/**
 * Finds the resource that a key of `access` names: a built-in one, or with its group one of the cluster's own, in the version that the server prefers.
 *
 * @throws {CommandError} where the cluster has none of that name, with the key that was probably meant
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
