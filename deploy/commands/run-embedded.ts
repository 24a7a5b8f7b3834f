import { runJob } from "../../runtime/embedded/controllers/jobs.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { JOBS, PODS } from "../../runtime/embedded/objects/resource-table.ts";
import { exitCodeOf } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { modulePaths } from "../build/evaluate.ts";
import { deployAndTrigger } from "../embedded/deploy-and-trigger.ts";
import { fillCluster, readContents } from "../embedded/fill-cluster.ts";
import { podsIn, podTable } from "../embedded/pod-table.ts";
import type { ParamSources } from "../params/complete-params.ts";
import { validateLocally } from "../project/params.ts";
import { prepareJob } from "../project/prepare.ts";
import { readRun } from "../runs/history/read-run.ts";
import { parseReport } from "../runs/history/report-text.ts";
import type { JobObject, PodObject } from "../runs/history/run-objects.ts";
import { describeLogLine } from "../runs/log.ts";
import { ProgressFollower } from "../runs/progress.ts";
import { answer } from "../terminal/answer.ts";
import { StatusLine, untilSignal } from "../terminal/live.ts";
import { type Format, style, talk } from "../terminal/talk.ts";
import { describeReport } from "./answers/describe-report.ts";

/** How often to look for progress, in milliseconds; a pod writes it down once a second. */
const PROGRESS_MS = 1_000;

/** Options of `errand run --embedded`. */
export interface RunEmbeddedOptions extends ParamSources {
  /** Path of the job file. */
  readonly file: string;
  readonly dryRun: boolean;
  readonly output: Format;
  /** Where the job runs. Default: the only namespace that the seed names, or `demo`. */
  readonly namespace?: string | undefined;
  /** Files and folders of objects to use instead of the demo's. */
  readonly seed?: readonly string[];
}

/**
 * Runs a job on a Kubernetes API in memory that has a demo namespace or the objects of `--seed`. The job is deployed with its generated Role, which is enforced, and
 * runs with the runtime of its pod, as a child process with a mounted token. Shows the pods before and after; needs no cluster and no network.
 *
 * @returns the exit code of the run's outcome
 * @throws {CommandError} for an invalid job file, parameter or seed, before anything is started
 */
export async function runEmbedded(options: RunEmbeddedOptions): Promise<number> {
  const { file, param, given, dryRun, output, seed = [] } = options;
  await validateLocally(file, { param, given });
  const job = await prepareJob(file);
  const contents = await readContents(seed, options.namespace);
  const { namespace } = contents;
  await using cluster = await startEmbeddedCluster();
  const madeUp = await fillCluster(cluster, contents, job.definition.secrets);
  const before = podsIn(cluster, namespace, new Set());
  const tell = output === "table" ? talk : () => {};
  const place = `Namespace ${style.bold(namespace)} has ${count(before.length)}`;
  tell(`Embedded Kubernetes API, in memory, at ${cluster.url}. ${place}:\n`);
  tell(`${podTable(before, Date.now())}\n`);
  if (madeUp.length > 0) talk(`Secret ${madeUp.join(", ")}: values made up for this run`);
  const run = await deployAndTrigger(cluster, { job, namespace, param, given, dryRun });
  talk(`${style.bold(job.name)} runs${dryRun ? " (dry run)" : ""} with its own rights: ${describeRules(job.rules)}`);
  const own = await runAndTell(cluster, run, job.external.length === 0 ? [] : modulePaths(job.file));
  const report = reportOf(cluster, run);
  answer(output, report, () => `\n${describeReport(report)}\n`);
  tell(dryRun ? describeDryRun(cluster, report, before) : describeRemains(before, podsIn(cluster, namespace, own)));
  return exitCodeOf(report);
}

function describeRules(rules: readonly { readonly key: string; readonly verbs: readonly string[] }[]): string {
  return rules.map(({ key, verbs }) => `${verbs.join(", ")} ${key}`).join("; ") || "none";
}

/** @returns the names of the run's own pods */
async function runAndTell(
  cluster: EmbeddedCluster,
  { metadata }: JobObject,
  packageFolders: readonly string[],
): Promise<ReadonlySet<string>> {
  using status = new StatusLine();
  let readReport = () => "";
  using progress = new ProgressFollower(
    async () => parseReport(readReport()) ?? {},
    (text) => status.show(text),
    PROGRESS_MS,
  );
  const { pods } = await untilSignal((signal) =>
    runJob(cluster, metadata.namespace ?? "", metadata.name, {
      signal,
      packageFolders,
      onStart(pod, readMessage) {
        readReport = readMessage;
        progress.follow(pod);
      },
      onLine(line) {
        if (parseReport(line) === undefined) status.say(`  ${describeLogLine(line)}`);
      },
    }),
  );
  return new Set(pods.map(({ name }) => name));
}

/** Reads the report as `errand result` does, from the Job and its pods. */
function reportOf({ store }: EmbeddedCluster, { metadata }: JobObject): Report {
  const job = store.mustGet(JOBS, metadata.namespace, metadata.name) as unknown as JobObject;
  const pods = store.all(PODS, metadata.namespace) as unknown as PodObject[];
  const own = pods.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid));
  return readRun({ job, pods: own, events: [] }).report;
}

/** What the dry run would have deleted, from the API server's audit log. */
function describeDryRun(cluster: EmbeddedCluster, { namespace, job }: Report, pods: readonly PodObject[]): string {
  const deletions = cluster.audit
    .ofServiceAccount(namespace, job)
    .filter(({ verb, resource, code, dryRun }) => verb === "delete" && resource === "pods" && code === 200 && dryRun);
  const names = new Set(deletions.map(({ name }) => name));
  const intro = `Dry run: nothing changed, all ${count(pods.length)} remain.`;
  if (names.size === 0) return intro;
  const those = pods.filter(({ metadata }) => names.has(metadata.name));
  return `${intro} It would have deleted ${names.size}:\n\n${podTable(those, Date.now())}`;
}

function describeRemains(before: readonly PodObject[], after: readonly PodObject[]): string {
  const counts = `${after.length} of ${count(before.length)} remain`;
  return after.length === before.length ? `${counts}.` : `${counts}:\n\n${podTable(after, Date.now())}`;
}

function count(pods: number): string {
  return pods === 1 ? "1 pod" : `${pods} pods`;
}
