import { DEFAULT_TIME_ZONE } from "../../../runtime/job/definition.ts";
import { formatBytes } from "../../build/size-report.ts";
import { type AccessRow, differenceOf } from "../../diagnose/access/compare-rights.ts";
import type { AccessOverview } from "../../diagnose/access/fetch-access.ts";
import type { CheckedJob } from "../../diagnose/checks/check-job.ts";
import type { Explanation } from "../../diagnose/why/cause.ts";
import { writeParams } from "../../params/read-params.ts";
import type { Why } from "../../source/lookup.ts";
import { field, table } from "../../terminal/answer.ts";

/** What `check` found, for people. */
export function describeCheck(checked: CheckedJob): string {
  const { schedule } = checked;
  const when =
    schedule === undefined ? "only when triggered" : `${schedule.words} (${schedule.cron}, ${schedule.timeZone})`;
  const lines: [string, string][] = [
    ["job", `${checked.job}${checked.description === undefined ? "" : `: ${checked.description}`}`],
    ["schedule", when],
    ...(checked.params === undefined ? [] : [["params", writeParams(checked.params)] as [string, string]]),
    ...checked.nextRuns.map((time, index): [string, string] => [
      index === 0 ? "next runs" : "",
      localTime(time, schedule?.timeZone),
    ]),
    ...(checked.access.length > 0 ? checked.access : ["nothing"]).map((rule, index): [string, string] => [
      index === 0 ? "may" : "",
      rule,
    ]),
    ...(checked.http.length === 0 ? [] : [["may call", checked.http.join(", ")] as [string, string]]),
    ["timeout", `${checked.timeout}, ${checked.retries === 1 ? "1 retry" : `${checked.retries} retries`}`],
    ["bundle", `${formatBytes(checked.bundle.bytes)} compressed, revision ${checked.revision}`],
    ["", `before compression: ${checked.bundle.shares}`],
    ...describeTypes(checked.types),
    ...describeCluster(checked.cluster),
  ];
  return lines.map(([name, text]) => field(name, text)).join("\n");
}

function describeTypes(types: CheckedJob["types"]): [string, string][] {
  if (types === undefined) return [];
  if (types.state === "unchecked") return [["types", `not checked: ${types.reason}`]];
  const count = types.errors.length;
  return [["types", `${count === 0 ? "OK" : count === 1 ? "1 error" : `${count} errors`} (${types.compiler})`]];
}

function describeCluster(cluster: CheckedJob["cluster"]): [string, string][] {
  if (cluster === undefined) return [];
  const { context, namespace, version, problems, notes } = cluster;
  const verdict = problems.length === 0 ? "can be deployed" : "cannot be deployed, or would not run";
  const lines = [`${context}, Kubernetes ${version}, namespace ${namespace}: ${verdict}`, ...notes];
  return lines.map((line, index) => [index === 0 ? "cluster" : "", line]);
}

/** Each setting with its source, as `--show-config` prints them. */
export function describeConfig({ config }: CheckedJob): string {
  const rows = config.map(({ path, value, source }) => [path, JSON.stringify(value), source]);
  return table(["SETTING", "VALUE", "FROM"], rows);
}

function localTime(time: string, timeZone = DEFAULT_TIME_ZONE): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const weekday = new Intl.DateTimeFormat("en", { timeZone, weekday: "short" });
  return `${weekday.format(new Date(time))} ${format.format(new Date(time))}`;
}

const HEADINGS = ["RESOURCE", "IN", "DECLARED", "ROLE", "ALLOWED", "CHANGED BY RUNS", "DIFFERENCE"];

/** What a job may do, as a table; the last column is empty if everything is as declared. */
export function describeAccess({ serviceAccount, rows, notes }: AccessOverview): string {
  if (rows.length === 0) {
    const what = notes.length > 0 ? "cannot see the rights of" : "nothing is declared for, or allowed to,";
    return `${serviceAccount}: ${what} this ServiceAccount`;
  }
  return table(HEADINGS, rows.map(cells));
}

function cells(row: AccessRow): string[] {
  const { resource, namespace, names, declared, granted, allowed, used } = row;
  return [
    `${resource === "" ? "-" : resource}${names === undefined ? "" : ` (${names.join(", ")})`}`,
    namespace ?? "whole cluster",
    verbs(declared),
    verbs(granted),
    allowed === null ? "?" : verbs(allowed),
    Object.entries(used)
      .map(([verb, count]) => `${verb} ${count}`)
      .join(", ") || "-",
    differenceOf(row) ?? "",
  ];
}

function verbs(list: readonly string[]): string {
  return list.length === 0 ? "-" : list.join(",");
}

/** The answer to why, in a few lines: what happened, what shows it, what to do. */
export function describeWhy({ job, schedule, run }: Why): string {
  const parts = [
    ...(schedule === undefined ? [] : [describeFinding(job ?? "", schedule)]),
    ...(run?.finding === undefined ? [] : [describeFinding(run.name, run.finding)]),
  ];
  if (parts.length > 0) return parts.join("\n\n");
  if (run === undefined) return `${job}: its schedule works, and the cluster remembers no runs`;
  const { phase, report } = run.record;
  return `${run.name}: ${phase === "finished" ? report.outcome : "running"}; nothing is wrong`;
}

function describeFinding(name: string, { what, evidence, next }: Explanation): string {
  return [
    `${name}: ${what}`,
    ...evidence.map((text) => field("because", onOneLine(text))),
    field("do", onOneLine(next)),
  ].join("\n");
}

function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
