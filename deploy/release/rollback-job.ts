import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import type { ObjectReference } from "../cluster/references.ts";
import { type Manifest, REVISION_LABEL } from "../manifests/manifest.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { UsageError } from "../terminal/command-error.ts";
import { applyManifests } from "./apply.ts";
import { compareManifests, type Difference, toText } from "./compare.ts";
import { describePause, respectPause } from "./fit-manifests.ts";
import { gainedRights } from "./gained-rights.ts";
import { findStale, type Leftover, prune } from "./prune.ts";
import { refuseForeign } from "./revisions/check-record.ts";
import { fetchRevisions } from "./revisions/record-deploy.ts";
import {
  addRecord,
  findCurrent,
  hashManifests,
  type Revision,
  readRecords,
  withRecords,
} from "./revisions/revision.ts";
import type { Change } from "./try-manifests.ts";

export interface RollbackOptions {
  /** Revision, or its first digits; absent: the one before. */
  readonly to?: string | undefined;
  readonly dryRun: boolean;
  /** Applies also what admission lets nobody try: of that, the manifest is shown and not what changes. */
  readonly allowUntried?: boolean;
  /** Shown all that would change, and asked whether it shall. Not asked where nothing would. */
  readonly agree: (plan: RollbackPlan) => Promise<boolean>;
}

/** What a rollback would do. */
export interface RollbackPlan {
  readonly from: string;
  readonly to: string;
  /** What the job may do then and may not now, one line each. */
  readonly gained: readonly string[];
  /** Of each object that would be created or configured, its lines. */
  readonly differences: readonly Difference[];
  /** What only the deployed one has. */
  readonly removed: readonly ObjectReference[];
}

/** What a rollback did. */
export interface Rollback {
  readonly from: string;
  readonly to: string;
  readonly changes: readonly Change[];
  /** Why its schedule does not go on, in words. */
  readonly pause?: string;
  /** What only the newer one had, and is still there. */
  readonly left: readonly Leftover[];
}

/** Why a job cannot go back, and what to do: for one whose CronJob has no record. */
export function noRecordHint({ metadata: { name, namespace } }: CronJobObject): string {
  return `CronJob ${namespace}/${name} has no record of its deploys: it was applied in another way or by an earlier errand. Deploy the version you want from its file; later deploys are recorded.`;
}

/**
 * Applies again what was applied with an earlier revision: schedule, rights, image and all. What only the newer one had is removed. Runs that
 * are active keep the code that they have.
 *
 * @returns undefined where it was not agreed to
 * @throws {CommandError} where there is nothing to go back to
 */
export async function rollbackJob(
  client: KubeClient,
  cronJob: CronJobObject,
  { to, dryRun, agree, allowUntried = false }: RollbackOptions,
  now: Date,
): Promise<Rollback | undefined> {
  const { name, namespace = "", labels = {} } = cronJob.metadata;
  const job = { name, namespace };
  const current = labels[REVISION_LABEL] ?? "";
  const kept = await fetchRevisions(client, cronJob);
  const { revisions = [] } = kept ?? {};
  const target = chooseRevision(revisions, current, to, kept === undefined ? noRecordHint(cronJob) : undefined);
  refuseForeign(job, target);
  const aware = await respectPause(client, withNewRecord(cronJob, target, now));
  const { manifests } = aware;
  const pause = describePause(aware, name, namespace);
  const ends = { from: findCurrent(revisions, current)?.name ?? current, to: target.name };
  const plan = { ...ends, ...(await planOf(client, job, manifests, allowUntried)) };
  const isSomething = plan.differences.length + plan.removed.length > 0;
  if (isSomething && !(await agree(plan))) return undefined;
  const applied = await applyManifests(client, manifests, { dryRun, ...(allowUntried ? { untried: () => {} } : {}) });
  const left: Leftover[] = [];
  const pruned = dryRun ? [] : await prune(client, job, manifests, (each) => left.push(each));
  return {
    ...ends,
    changes: [...applied, ...pruned.map((object): Change => ({ object, change: "removed" }))],
    left,
    ...(pause === undefined ? {} : { pause }),
  };
}

/** The set is the deployed one from then on. */
function withNewRecord(
  cronJob: CronJobObject,
  { revision, manifests }: { readonly revision: string; readonly manifests: readonly Manifest[] },
  now: Date,
): Manifest[] {
  const records = readRecords(cronJob) ?? [];
  const applied = hashManifests(manifests);
  const known = records.find((record) => record.revision === revision && record.applied === applied);
  return withRecords(manifests, known === undefined ? records : addRecord(records, known, now));
}

async function planOf(
  client: KubeClient,
  job: { readonly name: string; readonly namespace: string },
  manifests: readonly Manifest[],
  allowUntried: boolean,
): Promise<Pick<RollbackPlan, "gained" | "differences" | "removed">> {
  const [compared, stale, gained] = await Promise.all([
    compareManifests(client, manifests, false, allowUntried),
    findStale(client, job, manifests),
    gainedRights(client, manifests),
  ]);
  const differences = compared.flatMap((difference, index): Difference[] => {
    const manifest = manifests[index];
    if (difference.change === "unchanged" || manifest === undefined) return [];
    return [difference.lines.length === 0 ? { ...difference, lines: linesOf(manifest) } : difference];
  });
  return { gained, differences, removed: stale.map(({ reference }) => reference) };
}

function linesOf(manifest: Manifest): string[] {
  return toText(manifest as KubeObject & Manifest)
    .trimEnd()
    .split("\n")
    .map((line) => `+ ${line}`);
}

/** As many digits of a revision as tell it from others, and no fewer. */
const SHORTEST_PREFIX = 4;

/**
 * Chooses the revision to go back to.
 *
 * @param revisions the last deployed first
 * @param current the deployed code
 * @param wanted a revision, or enough of its first digits, or one with the number of its set; undefined: what was deployed before
 * @param noRecord the hint where nothing was recorded
 * @throws {CommandError} where there is none
 */
export function chooseRevision(
  revisions: readonly Revision[],
  current: string,
  wanted: string | undefined,
  noRecord?: string,
): Revision {
  const hint = noRecord ?? listing(revisions);
  const deployed = findCurrent(revisions, current);
  const found = wanted === undefined ? previousOf(revisions, deployed) : findWanted(revisions, wanted);
  if (found === undefined) {
    throw wanted === undefined
      ? new UsageError("There is no other revision to roll back to", { hint })
      : new UsageError(`There is no revision "${wanted}"`, { hint });
  }
  if (found === deployed) throw new UsageError(`Revision ${found.name} is already deployed`, { hint });
  return found;
}

/** Where the deployed code is none of them, it was applied in another way, or its ConfigMap is gone: then the last of them was before it. */
function previousOf(revisions: readonly Revision[], deployed: Revision | undefined): Revision | undefined {
  return revisions[deployed === undefined ? 0 : revisions.indexOf(deployed) + 1];
}

/** With a number the very set; without one the last deployed of the only code that begins so. */
function findWanted(revisions: readonly Revision[], wanted: string): Revision | undefined {
  const [digits = "", number] = wanted.split(".");
  const matches = revisions.filter(
    ({ name, revision }) => revision.startsWith(digits) && (number === undefined || name === `${revision}.${number}`),
  );
  const codes = new Set(matches.map(({ revision }) => revision));
  if (codes.size === 1 && digits.length >= SHORTEST_PREFIX) return matches[0];
  return matches.find(({ revision }) => revision === digits);
}

function listing(revisions: readonly Revision[]): string {
  return revisions.length === 0
    ? "The cluster has no revisions."
    : `In the cluster, last deployed first: ${revisions.map(({ name }) => name).join(", ")}`;
}
