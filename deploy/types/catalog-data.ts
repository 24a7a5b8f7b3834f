import { VERB_LETTERS } from "../../runtime/kube/catalog/builtin.ts";
import type { DiscoveredResource, DiscoveredVersion } from "./discovery.ts";

const LETTER_OF_VERB = new Map(Object.entries(VERB_LETTERS).map(([letter, verb]) => [verb, letter]));

/**
 * Writes what discovery found as the text that `runtime/kube/catalog/builtin.ts` reads: a line `group/version` (`/v1` is the core group), then one line a
 * resource: kind, plural, `n` or `c` for its scope, letters for its verbs, short names or `-`, and each subresource with its verbs.
 *
 * @throws {Error} for a verb that has no letter yet
 */
export function catalogText(versions: readonly DiscoveredVersion[]): string {
  return versions
    .flatMap(({ group, version, resources }) => [
      `${group}/${version}`,
      ...resources
        .filter((resource) => !resource.name.includes("/"))
        .sort(byName)
        .map((resource) => resourceLine(resource, resources)),
    ])
    .join("\n");
}

function resourceLine(resource: DiscoveredResource, all: readonly DiscoveredResource[]): string {
  const prefix = `${resource.name}/`;
  const subresources = all.filter((other) => other.name.startsWith(prefix)).sort(byName);
  return [
    resource.kind,
    resource.name,
    resource.namespaced ? "n" : "c",
    letters(resource),
    resource.shortNames?.join(",") ?? "-",
    ...subresources.map((other) => `${other.name.slice(prefix.length)}:${letters(other)}`),
  ].join(" ");
}

function letters(resource: DiscoveredResource): string {
  return [...resource.verbs]
    .sort()
    .map((verb) => {
      const letter = LETTER_OF_VERB.get(verb);
      if (letter === undefined)
        throw new Error(`${resource.name} has the verb "${verb}", which has no letter in VERB_LETTERS`);
      return letter;
    })
    .join("");
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}
