import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { explainError } from "../cluster/explain-error.ts";
import { describeReference, findObject, type ObjectReference, referenceOf } from "../cluster/references.ts";
import { MANAGED_BY_LABEL, MANAGER, type Manifest, NAME_LABEL } from "../manifests/manifest.ts";
import { CommandError } from "../terminal/command-error.ts";
import { explainRefusal, isRefusedByAdmission } from "./explain-refusal.ts";
import { refuseWithoutRoom } from "./quota-room.ts";
import { REVISIONS_ANNOTATION } from "./revisions/revision.ts";

/** What applying one object did. */
export interface Change {
  readonly object: ObjectReference;
  readonly change: "created" | "configured" | "unchanged" | "removed";
}

/** How far a job came in a deploy that failed, for it or for another. */
export type JobState = "failed" | "applied" | "partlyApplied";

/** Told of each job by name, as soon as something is known. */
export type OnJobState = (job: string, state: JobState) => void;

interface Planned {
  readonly manifest: Manifest;
  readonly before: Returned<KubeObject> | undefined;
}

/** So many jobs at once: one person's deploy leaves the API server room for others. */
export const PARALLEL_JOBS = 8;

/**
 * Applies manifests, all or none: first the API server validates every one of them in a dry run, then they are applied, those of one job in their order. What
 * errand did not create is never taken over, and fields that another manager owns stay theirs unless `force` is set.
 *
 * @param options.dryRun only the first part; tells what would change
 * @param options.untried called with each object that admission lets nobody try, and that is applied all the same; absent: such an object is refused
 * @param options.onApplied called with each object as the server has it then
 * @param options.onJobState told whose objects were refused, and which jobs were applied as a whole
 * @throws {CommandError} before anything was applied, where an object is not errand's or a field is somebody else's
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
  const byJob = Map.groupBy(tried, ({ manifest }) => manifest.metadata.labels[NAME_LABEL]);
  await inParallel([...byJob.values()], PARALLEL_JOBS, async (ofJob, isStopped) => {
    for (const each of ofJob) {
      if (isStopped()) return each === ofJob[0] ? undefined : onJobState(jobOf(each.manifest), "partlyApplied");
      const applying = applyOne(client, each.manifest, force, made, tried);
      const after = await tellFailure(each.manifest, onJobState, applying);
      const change = changeOf(each, after);
      made.push(change);
      changes.set(each, change);
      onApplied(after);
    }
    for (const { manifest } of ofJob.slice(0, 1)) onJobState(jobOf(manifest), "applied");
  });
  return tried.flatMap((each) => changes.get(each) ?? []);
}

/**
 * Does some work for each item, for so many of them at once. When it fails for one, no further one is begun, and what has begun is waited for.
 *
 * @param work may look, between its steps, whether it has failed for another item
 * @returns in the order of the items
 * @throws the first error
 */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
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
  await Promise.all(Array.from({ length: most }, begin));
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
    const made = changes.filter(({ change }) => change !== "unchanged");
    if (made.length === 0) throw error;
    const { message, exitCode } = explainError(error);
    const last = made.at(-1);
    const upTo = last === undefined ? "" : `, up to ${describeReference(last.object)}`;
    throw new CommandError(`${describeReference(referenceOf(manifest as KubeObject))}: ${message}`, {
      hint: `${changes.length} of ${all.length} objects were applied before that${upTo}. Deploy again to continue from there.`,
      exitCode,
      cause: error,
    });
  }
}

/** A manifest with what is there, and with what the server would make of it; undefined where it cannot say before another object is there. */
export interface Tried extends Planned {
  readonly after: Returned<KubeObject> | undefined;
  /** Admission refuses dry runs of it: nobody knows what the server makes of it, nor whether it takes it. */
  readonly isUntried?: true;
}

/**
 * Lets the API server validate every manifest in a dry run.
 *
 * @param options.allowUntried leaves what admission lets nobody try as it is, and says so of it
 * @param options.onJobState told whose objects are refused: all of them, before the first refusal is thrown
 * @throws {CommandError} as {@link applyManifests} does
 */
export async function tryManifests(
  client: KubeClient,
  manifests: readonly Manifest[],
  force: boolean,
  {
    allowUntried = false,
    onJobState = () => {},
  }: { readonly allowUntried?: boolean; readonly onJobState?: OnJobState } = {},
): Promise<Tried[]> {
  const planned = await everyOne(
    manifests.map((manifest) => tellFailure(manifest, onJobState, plan(client, manifest))),
  );
  const tried = await everyOne(
    planned.map(async (each): Promise<Tried> => {
      const trying = applyDry(client, each, manifests, force, allowUntried);
      const after = await tellFailure(each.manifest, onJobState, trying);
      return after === "untried" ? { ...each, after: undefined, isUntried: true } : { ...each, after };
    }),
  );
  const created = planned.filter(({ before }) => before === undefined);
  await refuseWithoutRoom(
    client,
    created.map(({ manifest }) => manifest),
  );
  return tried;
}

/** As `Promise.all`, but waits for all of them: what each was refused for is known then. */
async function everyOne<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

async function tellFailure<T>(manifest: Manifest, onJobState: OnJobState, work: T | Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    onJobState(jobOf(manifest), "failed");
    throw error;
  }
}

function jobOf({ metadata }: Manifest): string {
  return metadata.labels[NAME_LABEL] ?? metadata.name;
}

async function plan(client: KubeClient, manifest: Manifest): Promise<Planned> {
  const reference = referenceOf(manifest as KubeObject);
  const before = await findObject(client, manifest);
  if (before !== undefined && before.metadata.labels?.[MANAGED_BY_LABEL] !== MANAGER) {
    throw new CommandError(
      `${describeReference(reference)} exists and was not created by errand: nothing was applied`,
      {
        hint: `Rename the job file, deploy to another namespace, or remove the object. To hand it over: kubectl label ${labelArguments(reference)}`,
      },
    );
  }
  return { manifest, before };
}

function labelArguments({ kind, namespace, name }: ObjectReference): string {
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  return `${kind.toLowerCase()}/${name}${place} ${MANAGED_BY_LABEL}=${MANAGER}`;
}

async function applyDry(
  client: KubeClient,
  { manifest, before }: Planned,
  all: readonly Manifest[],
  force: boolean,
  allowUntried: boolean,
): Promise<Returned<KubeObject> | "untried" | undefined> {
  try {
    return await client.resource(manifest).apply(manifest, { dryRun: true, force });
  } catch (error) {
    // A binding's role must exist before the server can compare rights; in a first dry run it cannot, and the role's own dry run compared them.
    if (before === undefined && isBindingOf(manifest, all) && hasReason(error, "NotFound")) return undefined;
    if (allowUntried && isRefusedByAdmission(error)) return "untried";
    throw explainRefusal(error, manifest);
  }
}

function isBindingOf({ kind, roleRef }: Manifest, all: readonly Manifest[]): boolean {
  if (typeof roleRef !== "object" || roleRef === null || !("name" in roleRef) || !kind.endsWith("RoleBinding"))
    return false;
  return all.some((other) => other.kind === kind.replace("Binding", "") && other.metadata.name === roleRef.name);
}

/** What became of an object. */
export function changeOf({ manifest, before }: Planned, after: Returned<KubeObject> | undefined): Change {
  const object = referenceOf(manifest as KubeObject);
  if (before === undefined) return { object, change: "created" };
  if (after === undefined) return { object, change: "configured" };
  return { object, change: isSame(before, after) ? "unchanged" : "configured" };
}

/** A write that changes nothing keeps the resourceVersion; a dry run keeps it always, so that there only the contents tell. */
function isSame(before: Returned<KubeObject>, after: Returned<KubeObject>): boolean {
  return contentsOf(before) === contentsOf(after);
}

/** The status is what controllers see, and changes while nobody deploys; the record of deploys is no part of what is deployed. */
function contentsOf({ metadata, ...rest }: Returned<KubeObject>): string {
  const { labels } = metadata;
  const { [REVISIONS_ANNOTATION]: _revisions, ...annotations } = metadata.annotations ?? {};
  const { status: _status, ...fields } = rest as Readonly<Record<string, unknown>>;
  return JSON.stringify({ labels, annotations, ...fields });
}
