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
  /** A revision, or its first digits; absent: the previous one. */
  readonly to?: string | undefined;
  readonly dryRun: boolean;
  /** Also applies what admission does not let anybody try; of that, the whole manifest is shown instead of its changes. */
  readonly allowUntried?: boolean;
  /** Shows what would change, and asks whether to go on. Not called where nothing would. */
  readonly agree: (preview: RollbackPreview) => Promise<boolean>;
}

/** What a rollback would do. */
export interface RollbackPreview {
  readonly from: string;
  readonly to: string;
  /** The rights that the job would gain, one line each. */
  readonly gained: readonly string[];
  /** Each object that would be created or configured, with its lines. */
  readonly differences: readonly Difference[];
  /** What only the deployed revision has. */
  readonly removed: readonly ObjectReference[];
}

/** What a rollback did. */
export interface Rollback {
  readonly from: string;
  readonly to: string;
  readonly changes: readonly Change[];
  /** Why its schedule stays paused, in words. */
  readonly pause?: string;
  /** What only the newer revision had, and is still there. */
  readonly left: readonly Leftover[];
}

/** Says why a job without a record cannot go back, and what to do instead. */
export function noRecordHint({ metadata: { name, namespace } }: CronJobObject): string {
  return `CronJob ${namespace}/${name} has no record of its deploys: it was applied without errand or by an older version. Deploy the version you want from its file; from then on deploys are recorded.`;
}

/**
 * Applies what was applied with an earlier revision: schedule, rights, image and all. What only the newer one had is removed. Active runs keep their code.
 *
 * @returns undefined where the person did not agree
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
  const preview = { ...ends, ...(await previewOf(client, job, manifests, allowUntried)) };
  const isChange = preview.differences.length + preview.removed.length > 0;
  if (isChange && !(await agree(preview))) return undefined;
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

/** Moves the record of a set to the front: it is the deployed one from now on. */
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

async function previewOf(
  client: KubeClient,
  job: { readonly name: string; readonly namespace: string },
  manifests: readonly Manifest[],
  allowUntried: boolean,
): Promise<Pick<RollbackPreview, "gained" | "differences" | "removed">> {
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

/** Fewer digits do not name a revision. */
const SHORTEST_PREFIX = 4;

/**
 * Chooses the revision to go back to.
 *
 * @param revisions the most recently deployed first
 * @param current the deployed code
 * @param wanted a revision, enough of its first digits, or a revision with the number of its set; undefined: the one that was deployed before
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

/** Where the deployed code is not among them (it was applied without errand, or its ConfigMap is gone), the most recent of them came before it. */
function previousOf(revisions: readonly Revision[], deployed: Revision | undefined): Revision | undefined {
  return revisions[deployed === undefined ? 0 : revisions.indexOf(deployed) + 1];
}

/** With a number, exactly that set; without, the most recent set of the only revision that begins with these digits. */
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
    : `In the cluster, most recent first: ${revisions.map(({ name }) => name).join(", ")}`;
}
