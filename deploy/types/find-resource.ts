import { parseAccessKey } from "../../runtime/job/access.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { builtinCatalog, keyMeantBy } from "../../runtime/kube/catalog/builtin.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type DiscoveredVersion, discover, type GetJson, versionPath } from "./discovery.ts";
import type { GroupVersionKind } from "./schema.ts";

/** A resource of a cluster, by the key of `access` that names it. */
export interface FoundResource extends GroupVersionKind {
  readonly key: string;
}

/**
 * Finds the resource that a key of `access` names: a built-in one, or with its group one of the cluster's own, in the version that the server prefers.
 *
 * @throws {CommandError} where the cluster has none of that name, with the key that was probably meant
 */
export async function findResource(word: string, get: GetJson): Promise<FoundResource> {
  const builtin = builtinCatalog.find(word);
  if (builtin !== undefined) return { key: word, ...builtin };
  const { resource, group } = parseAccessKey(word);
  const served = group === undefined ? undefined : await preferredVersion(group, get);
  const found = served?.resources.find(({ name }) => name === resource);
  if (served === undefined || found === undefined) throw await unknownResource(word, get);
  return { key: word, group: served.group, version: served.version, kind: found.kind };
}

/** @returns undefined where the server has no such group */
async function preferredVersion(group: string, get: GetJson): Promise<DiscoveredVersion | undefined> {
  try {
    const { preferredVersion } = (await get(`/apis/${encodeURIComponent(group)}`)) as {
      readonly preferredVersion: { readonly version: string };
    };
    const { version } = preferredVersion;
    const { resources } = (await get(`/${versionPath(group, version)}`)) as Pick<DiscoveredVersion, "resources">;
    return { group, version, resources };
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

async function unknownResource(word: string, get: GetJson): Promise<CommandError> {
  const meant = keyMeantBy(word) ?? (await keyInCluster(word, get));
  return new CommandError(
    `The cluster has no resource "${word}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    {
      hint: "A custom resource is written with its group, such as certificates.cert-manager.io; kubectl api-resources lists all.",
    },
  );
}

/** Of all groups some are on their way: the list names one whose definition was deleted just now, or is not served yet. It has nothing then. */
function unlessGone(get: GetJson): GetJson {
  return async (path) => {
    try {
      return await get(path);
    } catch (error) {
      if (hasReason(error, "NotFound")) return { resources: [] };
      throw error;
    }
  };
}

async function keyInCluster(word: string, get: GetJson): Promise<string | undefined> {
  const lower = word.toLowerCase();
  const keys: string[] = [];
  for (const { group, resources } of await discover(unlessGone(get))) {
    for (const { name, kind, shortNames = [] } of resources) {
      if (name.includes("/")) continue;
      const key = group === "" ? name : `${name}.${group}`;
      if ([name, kind.toLowerCase(), ...shortNames].includes(lower)) return key;
      keys.push(key);
    }
  }
  return closestWord(word, keys);
}
