import { describeReference } from "../../cluster/references.ts";
import { REVISION_LABEL } from "../../manifests/manifest.ts";
import type { Deployed } from "../../release/deploy-jobs.ts";
import type { TargetResult } from "../../release/deploy-to-namespaces.ts";
import { findCurrent, imageOf, type Revision } from "../../release/revisions/revision.ts";
import type { RollbackPreview } from "../../release/rollback-job.ts";
import type { Change } from "../../release/try-manifests.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import { age, table } from "../../terminal/answer.ts";

/** What deploying one job to one namespace did, object by object. */
export function describeDeployed({ changes }: Deployed, dryRun: boolean): string {
  const rows = changes.map(({ object, change }) => [describeReference(object), change]);
  return table(["OBJECT", dryRun ? "WOULD BE" : "CHANGE"], rows);
}

/** What deploying several jobs, or to several namespaces, did: one line each, with what is there now. */
export function describeTargets(results: readonly TargetResult[], dryRun: boolean): string {
  const rows = results.flatMap(({ namespace, deployed, present }) =>
    present.map(({ job, unknown, revision = unknown ? "unknown" : "none", state = "failed" }) => {
      const done = deployed?.find((each) => each.job === job);
      return [namespace, job, revision, done === undefined ? STATES[state] : summarize(done.changes)];
    }),
  );
  return table(["NAMESPACE", "JOB", "REVISION THERE", dryRun ? "WOULD BE" : "RESULT"], rows);
}

const STATES = {
  failed: "failed",
  applied: "applied",
  partlyApplied: "partly applied",
  notApplied: "not applied",
} as const;

function summarize(changes: readonly Change[]): string {
  const words = ["created", "configured", "removed"] as const;
  const counts = words.map((word) => [word, changes.filter(({ change }) => change === word).length] as const);
  const parts = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return parts.length === 0 ? "unchanged" : parts.join(", ");
}

/** A revision as lists show it. Its manifests are hundreds of lines, which no list is the place for. */
export interface ListedRevision {
  readonly name: string;
  readonly revision: string;
  readonly configMap: string;
  readonly deployedAt: string;
  readonly current: boolean;
  /** Absent if only the code is recorded. */
  readonly image?: string;
}

/** Says of each revision whether it is the deployed one, and on which image it runs. */
export function listedRevisions(revisions: readonly Revision[], { metadata }: CronJobObject): ListedRevision[] {
  const current = findCurrent(revisions, metadata.labels?.[REVISION_LABEL] ?? "");
  return revisions.map((each) => {
    const { name, revision, configMap, deployedAt } = each;
    const image = imageOf(each);
    return {
      name,
      revision,
      configMap,
      deployedAt,
      current: each === current,
      ...(image === undefined ? {} : { image }),
    };
  });
}

/** Revisions as a table, the last deployed first. */
export function describeRevisions(revisions: readonly ListedRevision[], now: Date): string {
  const rows = revisions.map(({ name, deployedAt, current, image = "-" }) => [
    name,
    `${age(deployedAt, now)} ago`,
    current ? "yes" : "",
    image,
  ]);
  return table(["REVISION", "DEPLOYED", "CURRENT", "IMAGE"], rows);
}

/** What a rollback would change: first what the job may do then and may not now, then every line. */
export function describeRollback({ from, to, gained, differences, removed }: RollbackPreview): string {
  return [
    // A rule may name anything: what it names cannot end its line and go on as if errand said it.
    ...gained.map((right) => `The job gains the right: ${right.replaceAll("\n", "\\n")}`),
    ...differences.map(({ object, change, lines }) => [`${describeReference(object)}: ${change}`, ...lines].join("\n")),
    ...removed.map((object) => `${describeReference(object)}: removed`),
    `From revision ${from} to ${to}.`,
  ].join("\n");
}
