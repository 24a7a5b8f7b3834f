import type { CodeCache } from "../bundling/code-cache.ts";
import { exactNodeOf } from "../manifests/node-command.ts";
import type { PreparedJob } from "../prepare.ts";

/** Makes the code caches of a deploy, each once for however many namespaces: only where this Node may be the one that pods run with. */
export function codeCaches(
  version: string = process.versions.node,
): (job: PreparedJob) => Promise<CodeCache | undefined> {
  const made = new Map<string, Promise<CodeCache | undefined>>();
  return ({ bundle, settings }) => {
    const other = exactNodeOf(settings.image) ?? version;
    if (other !== version) return Promise.resolve(undefined);
    const known = made.get(bundle.hash) ?? import("../bundling/code-cache.ts").then((it) => it.makeCodeCache(bundle));
    made.set(bundle.hash, known);
    return known;
  };
}
