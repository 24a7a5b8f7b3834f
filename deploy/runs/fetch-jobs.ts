import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { inPlace } from "../cluster/connect.ts";
import { COMPONENT_LABEL, jobSelector, MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../manifests/manifest.ts";
import { fetchRecords, type ReadRun, type Records, readRecords } from "./fetch-records.ts";
import { type CronJobObject, getJob, isErrandsJob, isObjectName } from "./find-job.ts";
import { isRun } from "./find-run.ts";
import type { RecordedRun } from "./history/recorded-run.ts";
import { isRunOf, type JobObject, type PodObject } from "./history/run-objects.ts";
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
