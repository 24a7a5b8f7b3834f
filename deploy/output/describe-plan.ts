import { changeText, type PlannedChange } from "../../runtime/kube/plan/planned-change.ts";
import type { ReportPlan } from "../../runtime/kube/plan/run-plan.ts";
import { table } from "./answer.ts";

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

/** What a report says of its plan, one line each. */
export function describeReportPlan(plan: ReportPlan): string[] {
  if ("changes" in plan) return [`${plan.changes.length} changes`];
  const { hash, planned, made, changed, left } = plan;
  return [
    `${hash}: ${made} of ${planned} changes made`,
    ...changed.map((change) => `not made, since it is not what it was: ${changeText(change)}`),
    ...left.map((change) => `not made, since the run ended without it: ${changeText(change)}`),
  ];
}
