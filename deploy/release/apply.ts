import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { explainError } from "../cluster/explain-error.ts";
import { describeReference, type ObjectReference, referenceOf } from "../cluster/references.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { CommandError } from "../terminal/command-error.ts";
import {
  type Change,
  changeOf,
  jobOf,
  type OnJobState,
  type Tried,
  tellFailure,
  tryManifests,
} from "./try-manifests.ts";

/** How many jobs, or namespaces, are worked on at once: one person's deploy leaves room on the API server for others. */
const PARALLEL = 8;

/**
 * Applies manifests, all or none: first the API server validates every one of them in a dry run, then they are applied, those of one job in their order. What
 * errand did not create is never taken over, and fields that another manager owns stay theirs unless `force` is set.
 *
 * @param options.dryRun only tries them, and tells what would change
 * @param options.untried called with each object that admission does not let anybody try, and that is applied all the same; absent: such an object is refused
 * @param options.onApplied called with each object as the server returned it
 * @param options.onJobState told whose objects were refused, and which jobs were applied as a whole
 * @throws {CommandError} as {@link tryManifests} does, before anything was applied, and where applying fails
 */
export async function applyManifests(
  client: KubeClient,
  manifests: readonly Manifest[],
  options: {
    readonly dryRun?: boolean;
    readonly force?: boolean;
    readonly onApplied?: (object: Returned<KubeObject>) => void;
    readonly untried?: ((object: ObjectReference) => void) | undefined;
    readonly onJobState?: OnJobState | undefined;
  } = {},
): Promise<Change[]> {
  const { dryRun = false, force = false, onApplied = () => {}, untried, onJobState = () => {} } = options;
  const tried = await tryManifests(client, manifests, force, { allowUntried: untried !== undefined, onJobState });
  for (const { manifest, isUntried } of tried) if (isUntried) untried?.(referenceOf(manifest as KubeObject));
  if (dryRun) return tried.map((each) => changeOf(each, each.after));
  const made: Change[] = [];
  const changes = new Map<Tried, Change>();
  const byJob = Map.groupBy(tried, ({ manifest }) => jobOf(manifest));
  await inParallel([...byJob], async ([job, ofJob], isStopped) => {
    for (const each of ofJob) {
      if (isStopped()) return each === ofJob[0] ? undefined : onJobState(job, "partlyApplied");
      const applying = applyOne(client, each.manifest, force, made, tried);
      const after = await tellFailure(each.manifest, onJobState, applying);
      const change = changeOf(each, after);
      made.push(change);
      changes.set(each, change);
      onApplied(after);
    }
    onJobState(job, "applied");
  });
  return tried.flatMap((each) => changes.get(each) ?? []);
}

/**
 * Does some work for each item, {@link PARALLEL} of them at once. When it fails for one, no other is begun, and those that have begun are waited for.
 *
 * @param work can ask between its steps whether it has failed for another item
 * @returns in the order of the items
 * @throws the first error
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, isStopped: () => boolean) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const errors: unknown[] = [];
  const isStopped = () => errors.length > 0;
  const waiting = items.entries();
  const begin = async () => {
    for (const [index, item] of waiting) {
      try {
        results[index] = await work(item, isStopped);
      } catch (error) {
        errors.push(error);
      }
      if (isStopped()) return;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, begin));
  if (isStopped()) throw errors[0];
  return results;
}

/** @throws {CommandError} that says how far it came, where anything was applied before */
async function applyOne(
  client: KubeClient,
  manifest: Manifest,
  force: boolean,
  changes: readonly Change[],
  all: readonly Tried[],
): Promise<Returned<KubeObject>> {
  try {
    return await client.resource(manifest).apply(manifest, { force });
  } catch (error) {
    const last = changes.findLast(({ change }) => change !== "unchanged");
    if (last === undefined) throw error;
    const { message, exitCode } = explainError(error);
    throw new CommandError(`${describeReference(referenceOf(manifest as KubeObject))}: ${message}`, {
      hint: `${changes.length} of ${all.length} objects were applied before that, up to ${describeReference(last.object)}. Deploy again to continue from there.`,
      exitCode,
      cause: error,
    });
  }
}
