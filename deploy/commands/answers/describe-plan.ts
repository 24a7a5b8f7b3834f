import { changeText, type PlannedChange } from "../../../runtime/kube/plan/planned-change.ts";
import type { ReportPlan } from "../../../runtime/kube/plan/run-plan.ts";
import { planTitle } from "../../../runtime/run/pod/load-plan.ts";
import type { Plan } from "../../runs/plans/plan.ts";
import { table } from "../../terminal/answer.ts";

/** Enough to see which changes are alike. */
const CONTENT_DIGITS_SHOWN = 8;

/** The changes of a plan, one line each. */
export function describeChanges(changes: readonly PlannedChange[]): string {
  if (changes.length === 0) return "no changes";
  const rows = changes.map(({ verb, resource, namespace = "", name, uid = "", resourceVersion = "", content }) => [
    ...[verb, resource, namespace, name, uid, resourceVersion, content.slice(0, CONTENT_DIGITS_SHOWN)],
  ]);
  return table(["VERB", "RESOURCE", "NAMESPACE", "NAME", "UID", "RESOURCEVERSION", "CONTENT"], rows);
}

/** What to do with a plan that was kept: one that changes nothing is nothing to apply. @param hash all of it */
export function describeNextOfPlan(hash: string, { job, namespace, changes }: Plan): string {
  const title = planTitle(hash);
  if (changes.length === 0) return `Plan ${title}. Nothing would be changed, and so there is nothing to apply.`;
  return `Plan ${title}. To do exactly this: errand trigger ${job} -n ${namespace} --apply ${hash} --wait`;
}

function countOf(changes: number): string {
  return `${changes} ${changes === 1 ? "change" : "changes"}`;
}

/** What a report says of its plan, one line each. */
export function describeReportPlan(plan: ReportPlan): string[] {
  if ("changes" in plan) return [countOf(plan.changes.length)];
  const { hash, planned, made, changed, left } = plan;
  return [
    `${hash}: ${made} of ${countOf(planned)} made`,
    ...changed.map((change) => `not made, since it is not what it was: ${changeText(change)}`),
    ...left.map((change) => `not made, since the run ended without it: ${changeText(change)}`),
  ];
}
