import { REVISION_LABEL } from "../manifests/manifest.ts";
import { findCurrent, imageOf, type Revision } from "../revisions/revision.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { age } from "./ago.ts";
import { table } from "./answer.ts";

/** Revisions as a table, the last deployed first. */
export function describeRevisions(revisions: readonly Revision[], { metadata }: CronJobObject, now: Date): string {
  const current = findCurrent(revisions, metadata.labels?.[REVISION_LABEL] ?? "");
  const rows = revisions.map((each) => [
    each.name,
    `${age(each.deployedAt, now)} ago`,
    each === current ? "yes" : "",
    imageOf(each) ?? "-",
  ]);
  return table(["REVISION", "DEPLOYED", "CURRENT", "IMAGE"], rows);
}
