import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import { type Cluster, ifFound, inPlace } from "../cluster/connect.ts";
import { explainSchedule } from "../diagnose/why/explain.ts";
import { fetchRunSnapshot, fetchScheduleSnapshot } from "../diagnose/why/snapshots.ts";
import { MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../manifests/manifest.ts";
import { cronJobSelector, fetchJob, fetchJobs, type JobRecords } from "../runs/fetch-jobs.ts";
import { getJob, isObjectName } from "../runs/find-job.ts";
import { isRun, listPods, listRuns, noSuchRun } from "../runs/find-run.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import { failuresBefore, type JobObject, lastPod, type PodObject } from "../runs/history/run-objects.ts";
import { EVERY_JOB_SELECTOR } from "../runs/job-summary.ts";
import type { JobsWatch } from "../runs/jobs-watch.ts";
import { runLog } from "../runs/log.ts";
import { fetchLiveReport } from "../runs/progress.ts";
import { UsageError } from "../terminal/command-error.ts";
import { foreignEntry, jobDetail, jobEntry, newestFirst, runDetail, runEntry } from "./entries.ts";
import { missingRuns } from "./missing-runs.ts";
import {
  LogGone,
  type LogLines,
  type LogOptions,
  type RunEntry,
  type RunFilter,
  type RunOrJob,
  type RunPage,
  type RunSource,
} from "./run-source.ts";
import { selectJobs, selectRuns } from "./select.ts";

/** How often a page that follows looks again where nothing may be watched, and how long it waits for one change to be whole, in milliseconds. */
const LOOK_MS = 5_000;
const SETTLE_MS = 500;

export interface LiveSourceOptions {
  /** Default: the machine's. */
  readonly clock?: () => Date;
  /** Selects among the CronJobs; undefined: all. */
  readonly labels?: string | undefined;
  /** Knows the jobs already, so that a list of them costs no request. */
  readonly watch?: JobsWatch;
}

/**
 * Jobs and runs as the cluster knows them now: CronJobs, Jobs, Pods and their logs, no more than Kubernetes keeps.
 *
 * @param cluster read as the person who connected
 * @param namespace undefined: all
 */
export function liveSource(
  cluster: Pick<Cluster, "client" | "context">,
  namespace: string | undefined,
  { clock = () => new Date(), labels, watch }: LiveSourceOptions = {},
): RunSource {
  const { client, context } = cluster;
  return {
    place: { context, ...(namespace === undefined ? {} : { namespace }) },
    async jobs(filter) {
      const now = clock();
      const jobs = await (watch === undefined ? fetchJobs(client, namespace, labels) : watch.look());
      return selectJobs(
        jobs.map((job) => jobEntry(job, now)),
        filter,
      );
    },
    async job(ref) {
      const now = clock();
      const { cronJob, ...rest } = await fetchJob(client, ref.namespace, ref.job);
      if (cronJob === undefined) return undefined;
      const records = { cronJob, ...rest };
      const explanation = explainSchedule(await fetchScheduleSnapshot(client, records, now));
      return { ...jobDetail(records, now), ...(explanation === undefined ? {} : { explanation }) };
    },
    async runs(filter) {
      const { job } = filter;
      if (job?.namespace !== undefined)
        return await runsOfJob(client, { job: job.job, namespace: job.namespace }, filter, clock());
      const jobs = await fetchJobs(client, namespace, labels);
      const now = clock();
      const chosen = job === undefined ? jobs : jobs.filter(({ cronJob }) => cronJob.metadata.name === job.job);
      return pageOf(
        chosen,
        chosen.flatMap((each) => entriesOf(each, now)),
        filter,
      );
    },
    async run(which) {
      const job = await findJobOf(client, which);
      if (job === undefined) return undefined;
      const snapshot = await fetchRunSnapshot(client, which.namespace, job);
      const { record, notice } = await withLiveReport(client, snapshot.record, which.namespace);
      return { ...runDetail(snapshot, clock(), record), ...(notice === undefined ? {} : { notice }) };
    },
    async log(which, options = {}) {
      const job = await findJobOf(client, which);
      return job === undefined ? undefined : await logOf(client, job, options);
    },
    unknown: (place, name) => noSuchRun(client, place, name),
    changes: (signal) => changesOf(client, namespace, signal),
  };
}

function entriesOf({ runs, foreign }: Pick<JobRecords, "runs" | "foreign">, now: Date): RunEntry[] {
  return [...runs.map((run) => runEntry(run, now)), ...foreign.map(foreignEntry)];
}

/** The runs of one job, in three requests about it alone. Those of a job that was removed are still told. */
async function runsOfJob(
  client: KubeClient,
  { namespace, job }: { readonly namespace: string; readonly job: string },
  filter: RunFilter,
  now: Date,
): Promise<RunPage> {
  const { cronJob, ...records } = await fetchJob(client, namespace, job);
  const entries = entriesOf(records, now);
  if (cronJob === undefined) {
    const orphans = entries.filter(({ outcome }) => outcome !== "foreign");
    return pageOf(
      [],
      orphans.map((entry) => ({ ...entry, isOrphan: true })),
      filter,
    );
  }
  const timeZone = cronJob.spec?.timeZone;
  const page = pageOf([{ cronJob, ...records }], entries, filter);
  return { ...page, ...(timeZone === undefined ? {} : { timeZone }) };
}

function pageOf(jobs: readonly JobRecords[], entries: readonly RunEntry[], filter: RunFilter): RunPage {
  const missing = missingRuns(jobs, filter);
  return {
    ...selectRuns(entries.toSorted(newestFirst), filter),
    ...(missing === undefined ? {} : { missing }),
  };
}

/** The Job of a run that a job owns; others are nobody's runs. */
async function findJobOf(client: KubeClient, which: RunOrJob): Promise<JobObject | undefined> {
  if (!isObjectName(which.namespace)) return undefined;
  if (!("run" in which)) return (await listRuns(client, which.namespace, which.job))[0];
  if (!isObjectName(which.run)) return undefined;
  const job = await ifFound(client.kube.inNamespace(which.namespace).jobs.get(which.run));
  const { [NAME_LABEL]: name, [MANAGED_BY_LABEL]: manager } = job?.metadata.labels ?? {};
  if (job === undefined || !name || manager !== MANAGER) return undefined;
  return isRun(await getJob(client, which.namespace, name), job) ? job : undefined;
}

/** A pod that does not answer is shown as Kubernetes knows it. */
async function withLiveReport(
  client: KubeClient,
  record: RunRecord,
  namespace: string,
): Promise<{ readonly record: RunRecord; readonly notice?: string }> {
  if (record.phase !== "running") return { record };
  try {
    return { record: { ...record, report: await fetchLiveReport(client, { namespace, name: record.pod }) } };
  } catch (error) {
    return { record, notice: `Pod ${record.pod} did not report its progress: ${whyNot(error)}` };
  }
}

function whyNot(error: unknown): string {
  if (error instanceof ApiError && error.code === 403)
    return "that takes the rights to get and create pods/portforward";
  return error instanceof Error ? error.message : String(error);
}

async function logOf(
  client: KubeClient,
  job: JobObject,
  { attempt, sinceMs, ...options }: LogOptions,
): Promise<LogLines> {
  const { name, namespace = "" } = job.metadata;
  const pods = await listPods(client, namespace, job);
  const last = lastPod(pods);
  if (last === undefined) {
    throw new LogGone(
      `Log not kept: the pod of run ${name} is gone, and its log went with it`,
      `See what is left: errand result ${name} -n ${namespace}`,
    );
  }
  const pod = attempt === undefined ? last : podOfAttempt(pods, last, attempt, name);
  const since = sinceMs === undefined ? {} : { since: `${sinceMs}ms` };
  return { lines: runLog(client, pod, { ...options, ...since }) };
}

function podOfAttempt(
  pods: readonly PodObject[],
  last: PodObject,
  attempt: number | "previous",
  run: string,
): PodObject {
  const wanted = attempt === "previous" ? failuresBefore(last) : attempt;
  const found = lastPod(pods.filter((pod) => failuresBefore(pod) === wanted - 1));
  if (found !== undefined) return found;
  const there = [...new Set(pods.map((pod) => failuresBefore(pod) + 1))].toSorted((left, right) => left - right);
  throw new UsageError(wanted === 0 ? `Run ${run} has had only one attempt` : `Run ${run} has no attempt ${wanted}`, {
    hint: `Attempts that still have pods: ${there.join(", ")}.`,
  });
}

/** Tells that jobs or runs changed: by watching them, or now and then where they may not be watched. */
async function* changesOf(
  client: KubeClient,
  namespace: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<void> {
  const { cronjobs, jobs, pods } = inPlace(client, namespace);
  let hasChanged = false;
  let wake = () => {};
  const note = () => {
    hasChanged = true;
    wake();
  };
  const follow = async (
    objects: { watch(options: { signal: AbortSignal; labelSelector: string }): AsyncIterable<unknown> },
    labelSelector: string,
  ) => {
    try {
      for await (const _event of objects.watch({ signal, labelSelector })) note();
    } catch {
      for (; !signal.aborted; note()) await pause(LOOK_MS, signal);
    }
  };
  void follow(cronjobs, cronJobSelector(undefined));
  void follow(jobs, EVERY_JOB_SELECTOR);
  void follow(pods, EVERY_JOB_SELECTOR);
  signal.addEventListener("abort", () => wake(), { once: true });
  while (!signal.aborted) {
    if (!hasChanged) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    // One change of a run comes as several events.
    await pause(SETTLE_MS, signal);
    hasChanged = false;
    if (!signal.aborted) yield;
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
