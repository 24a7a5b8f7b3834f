import { formatDuration } from "../../../runtime/job/duration.ts";
import type { MutationCounts } from "../../../runtime/kube/pipeline/stats.ts";
import { changeText, type PlannedChange } from "../../../runtime/kube/plan/planned-change.ts";
import type { ReportPlan } from "../../../runtime/kube/plan/run-plan.ts";
import { planTitle } from "../../../runtime/run/pod/load-plan.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { formatBytes } from "../../build/size-report.ts";
import type { Plan } from "../../runs/plan.ts";
import { field, table } from "../../terminal/answer.ts";
import { describeValue } from "./answer-grid.ts";

/** A report for people: the outcome, then what the run did, then its result. */
export function describeReport(report: Report): string {
  const { run, outcome, error, result, progress, dropped, warnings = [] } = report;
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : "";
  const lines = [
    `${run.id}: ${outcome}${report.dryRun ? " (dry run)" : ""}${took(report)}${attempt}`,
    ...(run.triggeredBy === undefined ? [] : [field("by", inside(run.triggeredBy))]),
    ...(error === undefined ? [] : [field("reason", inside(`${error.reason}: ${error.message}`))]),
    ...(error?.hint === undefined ? [] : [field("hint", inside(error.hint))]),
    ...(error?.stack === undefined ? [] : [indent(error.stack)]),
    field(report.dryRun ? "would do" : "did", describeMutations(report.mutations)),
    ...(report.plan === undefined ? [] : describeReportPlan(report.plan).map((line) => field("plan", line))),
    ...(report.rehearsal === undefined ? [] : [field("rehearsal", describeMutations(report.rehearsal.mutations))]),
    ...(report.http === undefined ? [] : [field("http", describeHttp(report.http))]),
    ...(report.cascades === undefined ? [] : [field("below", describeCascades(report.cascades))]),
    ...(progress === undefined || outcome === "succeeded" ? [] : [field("progress", JSON.stringify(progress))]),
    ...(report.requests === 0 ? [] : [field("cost", describeCost(report))]),
    ...warnings.map((warning) => field("warning", inside(warning))),
    ...(dropped === undefined
      ? []
      : [field("left out", `${dropped.join(", ")}: too large; see the last line of the log`)]),
    ...(result === undefined ? [] : [describeValue("result", result)]),
  ];
  return lines.join("\n");
}

/** `delete 3 pods, patch 1 deployments.apps`. */
export function describeMutations(mutations: MutationCounts): string {
  const parts = Object.entries(mutations).flatMap(([verb, counts]) =>
    Object.entries(counts).map(([resource, count]) => `${verb} ${count} ${resource}`),
  );
  return parts.length === 0 ? "no changes" : parts.join(", ");
}

/** `2 deployments.apps would also delete 4 replicasets.apps, 12 pods; not looked at: jobs.batch`. */
function describeCascades({ deleted, below, unseen }: NonNullable<Report["cascades"]>): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([resource, count]) => `${count} ${resource}`)
      .join(", ");
  const rest = unseen.length === 0 ? "" : `; not looked at: ${unseen.join(", ")}`;
  return `${list(deleted)} would also delete ${list(below) || "nothing that could be seen"}${rest}`;
}

/** `2 × GET prometheus.monitoring:9090; withheld: 1 × POST hooks.slack.com`. */
function describeHttp({ calls, withheld }: NonNullable<Report["http"]>): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([call, count]) => `${count} × ${call}`)
      .join(", ");
  return [list(calls), ...(list(withheld) === "" ? [] : [`withheld: ${list(withheld)}`])]
    .filter((part) => part !== "")
    .join("; ");
}

function describeCost({ requests, retries, throttledMs = 0, peakMemoryBytes }: Report): string {
  const tried = retries > 0 ? `, ${retries} ${retries === 1 ? "retry" : "retries"}` : "";
  const waited = throttledMs > 0 ? `, ${formatDuration(throttledMs)} waiting for the busy API server` : "";
  return `${requests} ${requests === 1 ? "request" : "requests"}${tried}${waited}, ${formatBytes(peakMemoryBytes)} of memory`;
}

function took({ startedAt, finishedAt }: Report): string {
  if (finishedAt === undefined) return "";
  return ` in ${formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`;
}

/** Indents the lines of a text, so that none can pass for a field. */
function inside(text: string): string {
  return text.replaceAll("\n", `\n${" ".repeat(11)}`);
}

function indent(text: string): string {
  return text.replace(/^/gm, "           ");
}

/** Enough to see which changes are the same. */
const CONTENT_DIGITS_SHOWN = 8;

/** The changes of a plan, one line each. */
export function describeChanges(changes: readonly PlannedChange[]): string {
  if (changes.length === 0) return "no changes";
  const rows = changes.map(({ verb, resource, namespace = "", name, uid = "", resourceVersion = "", content }) => [
    ...[verb, resource, namespace, name, uid, resourceVersion, content.slice(0, CONTENT_DIGITS_SHOWN)],
  ]);
  return table(["VERB", "RESOURCE", "NAMESPACE", "NAME", "UID", "RESOURCEVERSION", "CONTENT"], rows);
}

/** How to apply a stored plan. @param hash the whole hash */
export function describeNextOfPlan(hash: string, { job, namespace, changes }: Plan): string {
  const title = planTitle(hash);
  if (changes.length === 0) return `Plan ${title}. It changes nothing, so there is nothing to apply.`;
  return `Plan ${title}. To do exactly this: errand trigger ${job} -n ${namespace} --apply ${hash} --wait`;
}

function countOf(changes: number): string {
  return `${changes} ${changes === 1 ? "change" : "changes"}`;
}

/** What a report says about its plan, one line each. */
export function describeReportPlan(plan: ReportPlan): string[] {
  if ("changes" in plan) return [countOf(plan.changes.length)];
  const { hash, planned, made, changed, left } = plan;
  return [
    `${hash}: ${made} of ${countOf(planned)} made`,
    ...changed.map((change) => `not made, because the object has changed: ${changeText(change)}`),
    ...left.map((change) => `not made, because the run did not ask for it: ${changeText(change)}`),
  ];
}
