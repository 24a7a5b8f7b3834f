import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { inPlace } from "../cluster/connect.ts";
import { COMPONENT_LABEL, jobSelector, MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../manifests/manifest.ts";
import { type CronJobObject, getJob, isErrandsJob, isObjectName } from "./find-job.ts";
import { fetchRun, isRun, withEvents } from "./find-run.ts";
import { readRun } from "./history/read-run.ts";
import { needsEvents, type RecordedRun } from "./history/recorded-run.ts";
import { isPodOf, isRunOf, JOB_NAME_LABEL, type JobObject, type PodObject } from "./history/run-objects.ts";
import { EVERY_JOB_SELECTOR } from "./job-summary.ts";

/** Also those that were installed by Helm, among which others have to be told apart by what is in them. */
const CRON_JOB_SELECTOR = `${COMPONENT_LABEL}=job,${MANAGED_BY_LABEL} in (${MANAGER},Helm)`;

/** A deployed job with what Kubernetes remembers of its runs. */
export interface JobRecords {
  readonly cronJob: CronJobObject;
  /** Newest first. */
  readonly runs: readonly RecordedRun[];
  /** Jobs with the labels of its runs that it does not own. */
  readonly foreign: readonly JobObject[];
}

/**
 * Reads every deployed job with its runs, by namespace and name.
 *
 * @param namespace undefined: all
 * @param labels selects among the CronJobs; undefined: all
 */
export async function fetchJobs(
  client: KubeClient,
  namespace: string | undefined,
  labels?: string,
): Promise<JobRecords[]> {
  const cronJobs = listJobs(client, namespace, labels);
  const isRun = cronJobs.then(ownershipOf);
  const [known, records] = await Promise.all([cronJobs, fetchRecords(client, namespace, EVERY_JOB_SELECTOR, isRun)]);
  return byJob(known, records);
}

/** A job's runs, and its CronJob where it is deployed. */
export interface JobAndRuns extends Records {
  /** Absent where it is not deployed: then its runs are the Jobs that are left of it, which nobody owns. */
  readonly cronJob?: CronJobObject;
}

/** Reads one job with its runs. */
export async function fetchJob(client: KubeClient, namespace: string, job: string): Promise<JobAndRuns> {
  if (!isObjectName(job) || !isObjectName(namespace)) return { runs: [], foreign: [] };
  const cronJob = getJob(client, namespace, job);
  const isOwn = cronJob.then((found) => (run: JobObject) => isRun(found, run));
  const [found, records] = await Promise.all([cronJob, fetchRecords(client, namespace, jobSelector(job), isOwn)]);
  return { ...records, ...(found === undefined ? {} : { cronJob: found }) };
}

/** The same of objects that are known. */
export async function joinRecords(
  cronJobs: readonly CronJobObject[],
  jobs: readonly JobObject[],
  pods: readonly PodObject[],
  read: ReadRun,
): Promise<JobRecords[]> {
  return byJob(cronJobs, await readRecords(jobs, pods, ownershipOf(cronJobs), read));
}

/** Tells whether one of these CronJobs owns a Job. */
function ownershipOf(cronJobs: readonly CronJobObject[]): (job: JobObject) => boolean {
  const byKey = new Map(cronJobs.map((each) => [keyOf(each), each]));
  return (job) => {
    const cronJob = byKey.get(keyOfRun(job));
    return cronJob !== undefined && isRunOf(cronJob, job);
  };
}

function byJob(cronJobs: readonly CronJobObject[], { runs, foreign }: Records): JobRecords[] {
  const runsByJob = Map.groupBy(runs, ({ job }) => keyOfRun(job));
  const foreignByJob = Map.groupBy(foreign, keyOfRun);
  return cronJobs
    .map((cronJob) => [keyOf(cronJob), cronJob] as const)
    .toSorted(([left], [right]) => compare(left, right))
    .map(([key, cronJob]) => ({ cronJob, runs: runsByJob.get(key) ?? [], foreign: foreignByJob.get(key) ?? [] }));
}

/** The CronJobs of deployed jobs. */
export async function listJobs(
  client: KubeClient,
  namespace: string | undefined,
  labels?: string,
): Promise<CronJobObject[]> {
  const found = await inPlace(client, namespace)
    .cronjobs.list({ labelSelector: cronJobSelector(labels) })
    .toArray();
  return found.filter(isErrandsJob);
}

/** Of the CronJobs among which those of deployed jobs are. */
export function cronJobSelector(labels: string | undefined): string {
  return labels === undefined ? CRON_JOB_SELECTOR : `${CRON_JOB_SELECTOR},${labels}`;
}

function keyOf({ metadata }: CronJobObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function keyOfRun({ metadata }: JobObject): string {
  return `${metadata.namespace}/${metadata.labels?.[NAME_LABEL]}`;
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

/** How many runs are read at once: hundreds of failed ones must not become a storm of requests. */
const CONCURRENCY = 16;

/** What there is of runs. */
export interface Records {
  /** Newest first. */
  readonly runs: readonly RecordedRun[];
  /** Jobs that have a run's labels, and are none: anybody who may create Jobs can make them. */
  readonly foreign: readonly JobObject[];
}

/**
 * Reads every run that Kubernetes remembers, in two requests; only runs that their Jobs and pods do not explain take more.
 *
 * @param namespace undefined: all
 * @param labelSelector of the Jobs and of their pods, which have the same labels
 * @param isRun tells a run from a Job that only looks like one; given once the Jobs are there
 */
export async function fetchRecords(
  client: KubeClient,
  namespace: string | undefined,
  labelSelector: string,
  isRun: Promise<(job: JobObject) => boolean>,
): Promise<Records> {
  const { jobs, pods } = inPlace(client, namespace);
  const [all, allPods, isOurs] = await Promise.all([
    jobs.list({ labelSelector }).toArray(),
    pods.list({ labelSelector }).toArray(),
    isRun,
  ]);
  return await readRecords(all, allPods, isOurs, (job, own) => readRecord(client, job, own));
}

/** Makes a run's record of its Job and those pods that are its own. */
export type ReadRun = (job: JobObject, pods: readonly PodObject[]) => Promise<RecordedRun>;

/** Makes records of Jobs and pods that are known. */
export async function readRecords(
  jobs: readonly JobObject[],
  pods: readonly PodObject[],
  isRun: (job: JobObject) => boolean,
  read: ReadRun,
): Promise<Records> {
  const podsByRun = Map.groupBy(pods, (pod) => runKey(pod.metadata.namespace, pod.metadata.labels?.[JOB_NAME_LABEL]));
  const ownPods = (job: JobObject) =>
    (podsByRun.get(runKey(job.metadata.namespace, job.metadata.name)) ?? []).filter((pod) => isPodOf(job, pod));
  const sorted = jobs.filter(isRun).toSorted(newestFirst);
  const runs: RecordedRun[] = [];
  for (let start = 0; start < sorted.length; start += CONCURRENCY) {
    const some = sorted.slice(start, start + CONCURRENCY);
    runs.push(...(await Promise.all(some.map((job) => read(job, ownPods(job))))));
  }
  return { runs, foreign: jobs.filter((job) => !isRun(job)).toSorted(newestFirst) };
}

/** Reads events where a Job and its pods do not tell alone how the run stands. */
export async function readRecord(client: KubeClient, job: JobObject, pods: readonly PodObject[]): Promise<RecordedRun> {
  // Somebody may have taken the labels off its pods.
  const isLost = pods.length === 0 && needsEvents(job, pods);
  return { job, record: readRun(await (isLost ? fetchRun(client, job) : withEvents(client, job, pods))) };
}

function runKey(namespace: string | undefined, run: string | undefined): string {
  return `${namespace}/${run}`;
}

function newestFirst(left: JobObject, right: JobObject): number {
  const difference = Date.parse(right.metadata.creationTimestamp) - Date.parse(left.metadata.creationTimestamp);
  return difference || (left.metadata.name < right.metadata.name ? 1 : -1);
}
