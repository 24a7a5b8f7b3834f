import { DEFAULT_RETRIES, DEFAULT_TIME_ZONE, DEFAULT_TIMEOUT } from "../runtime/job/definition.ts";
import { formatDuration, parseDuration } from "../runtime/job/duration.ts";
import { describeShares, formatBytes } from "./bundling/size-report.ts";
import type { Origin } from "./config/origins.ts";
import type { SettingFlags } from "./config/resolve-settings.ts";
import { table } from "./output/answer.ts";
import { type PreparedJob, prepareJob } from "./prepare.ts";
import { describeSchedule, nextRuns, shortestIntervalMs } from "./schedule/schedule.ts";

const RUNS_SHOWN = 5;

/** What is known about a job before a cluster is asked. */
export interface CheckedJob {
  readonly file: string;
  readonly job: string;
  readonly description?: string;
  readonly revision: string;
  readonly schedule?: { readonly cron: string; readonly timeZone: string; readonly words: string };
  /** The next times by the schedule, RFC 3339. */
  readonly nextRuns: readonly string[];
  /** One line a rule, such as `list, delete pods`. */
  readonly access: readonly string[];
  readonly timeout: string;
  readonly retries: number;
  readonly bundle: { readonly bytes: number; readonly shares: string };
  /** What works, and is perhaps not meant. */
  readonly warnings: readonly string[];
  /** Each setting that is in force, and where it comes from. */
  readonly config: readonly Origin[];
}

/**
 * Finds everything about a job file that can be known without a cluster.
 *
 * @param now where the next runs are counted from
 * @throws {CommandError} for what is wrong with it
 */
export async function checkJob(file: string, now: Date, flags: SettingFlags = {}): Promise<CheckedJob> {
  const job = await prepareJob(file, flags);
  const { name, definition, rules, bundle } = job;
  const { schedule, timeZone = DEFAULT_TIME_ZONE, description } = definition;
  return {
    file,
    job: name,
    ...(description === undefined ? {} : { description }),
    revision: bundle.hash,
    ...(schedule === undefined ? {} : { schedule: { cron: schedule, timeZone, words: describeSchedule(schedule) } }),
    nextRuns: nextRuns(definition, now, RUNS_SHOWN).map((time) => time.toISOString().replace(".000Z", "Z")),
    access: rules.map(
      ({ key, verbs, names }) => `${verbs.join(", ")} ${key}${names ? ` named ${names.join(", ")}` : ""}`,
    ),
    timeout: definition.timeout ?? DEFAULT_TIMEOUT,
    retries: definition.retries ?? DEFAULT_RETRIES,
    bundle: { bytes: bundle.size.shippedBytes, shares: describeShares(bundle.size) },
    warnings: findWarnings(job),
    config: job.origins,
  };
}

function findWarnings({ definition, rules, settings }: PreparedJob): string[] {
  const warnings: string[] = [];
  const { concurrency = "forbid", timeout = DEFAULT_TIMEOUT, scope = "namespace" } = definition;
  const interval = shortestIntervalMs(definition);
  if (interval !== undefined && parseDuration(timeout) > interval) {
    const effect = { forbid: "a due run is skipped", allow: "two run at once", replace: "the older is killed" };
    warnings.push(
      `a run may take ${timeout}, longer than the ${formatDuration(interval)} between two runs: then ${effect[concurrency]}`,
    );
  }
  const clusterWide = rules.filter((rule) => rule.namespaced === false).map(({ key }) => key);
  if (clusterWide.length > 0 && scope !== "cluster") {
    warnings.push(`${clusterWide.join(", ")} belong to no namespace: deploying it takes a ClusterRole for them`);
  }
  if (definition.egress !== undefined && rules.length > 0 && settings.apiServer === undefined) {
    warnings.push(
      "egress: ports 443 and 6443 are open to every address, for the API server; say its addresses in errand.config.ts: apiServer",
    );
  }
  return warnings;
}

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
  ];
  return lines.map(([name, text]) => `${name.padEnd(9)}  ${text}`).join("\n");
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
