import { describeReference } from "../../cluster/resource-path.ts";
import { REVISION_LABEL } from "../../manifests/manifest.ts";
import { findCurrent, imageOf, type Revision } from "../../release/revisions/revision.ts";
import type { RollbackPlan } from "../../release/rollback-job.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import { age } from "../../terminal/ago.ts";
import { table } from "../../terminal/answer.ts";

/** A revision as lists show it. Its manifests are hundreds of lines, which no list is the place for. */
export interface ListedRevision {
  readonly name: string;
  readonly revision: string;
  readonly configMap: string;
  readonly deployedAt: string;
  readonly current: boolean;
  /** Absent where nothing is recorded but the code. */
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
export function describeRollback({ from, to, gained, differences, removed }: RollbackPlan): string {
  return [
    // A rule may name anything: what it names cannot end its line and go on as if errand said it.
    ...gained.map((right) => `The job gains the right: ${right.replaceAll("\n", "\\n")}`),
    ...differences.map(({ object, change, lines }) => [`${describeReference(object)}: ${change}`, ...lines].join("\n")),
    ...removed.map((object) => `${describeReference(object)}: removed`),
    `From revision ${from} to ${to}.`,
  ].join("\n");
}
