import { DEFAULT_TIME_ZONE } from "../../../runtime/job/definition.ts";
import { formatBytes } from "../../build/size-report.ts";
import type { CheckedJob } from "../../diagnose/checks/check-job.ts";
import { table } from "../../terminal/answer.ts";

/** The answer for people. */
export function describeCheck(checked: CheckedJob): string {
  const { schedule } = checked;
  const when =
    schedule === undefined ? "only when triggered" : `${schedule.words} (${schedule.cron}, ${schedule.timeZone})`;
  const lines: [string, string][] = [
    ["job", `${checked.job}${checked.description === undefined ? "" : `: ${checked.description}`}`],
    ["schedule", when],
    ...checked.nextRuns.map((time, index): [string, string] => [
      index === 0 ? "next runs" : "",
      localTime(time, schedule?.timeZone),
    ]),
    ...(checked.access.length > 0 ? checked.access : ["nothing"]).map((rule, index): [string, string] => [
      index === 0 ? "may" : "",
      rule,
    ]),
    ["timeout", `${checked.timeout}, ${checked.retries === 1 ? "1 retry" : `${checked.retries} retries`}`],
    ["bundle", `${formatBytes(checked.bundle.bytes)} compressed, revision ${checked.revision}`],
    ["", `before compression: ${checked.bundle.shares}`],
    ...describeTypes(checked.types),
    ...describeCluster(checked.cluster),
  ];
  return lines.map(([name, text]) => `${name.padEnd(9)}  ${text}`).join("\n");
}

function describeTypes(types: CheckedJob["types"]): [string, string][] {
  if (types === undefined) return [];
  if (types.state === "unchecked") return [["types", `not checked: ${types.reason}`]];
  const count = types.errors.length;
  return [["types", `${count === 0 ? "right" : count === 1 ? "1 error" : `${count} errors`} (${types.compiler})`]];
}

function describeCluster(cluster: CheckedJob["cluster"]): [string, string][] {
  if (cluster === undefined) return [];
  const { context, namespace, version, problems, notes } = cluster;
  const verdict = problems.length === 0 ? "it can be deployed there" : "it cannot be deployed, or would not run, there";
  const lines = [`${context}, Kubernetes ${version}, namespace ${namespace}: ${verdict}`, ...notes];
  return lines.map((line, index) => [index === 0 ? "cluster" : "", line]);
}

/** Each setting with its source, as \`--show-config\` prints them. */
export function describeConfig({ config }: CheckedJob): string {
  const rows = config.map(({ path, value, source }) => [path, JSON.stringify(value), source]);
  return table(["SETTING", "VALUE", "FROM"], rows);
}

function localTime(time: string, timeZone = DEFAULT_TIME_ZONE): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const weekday = new Intl.DateTimeFormat("en", { timeZone, weekday: "short" });
  return `${weekday.format(new Date(time))} ${format.format(new Date(time))}`;
}
