import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { inPlace } from "../cluster/connect.ts";
import { fetchRun, withEvents } from "./find-run.ts";
import { readRun } from "./history/read-run.ts";
import { needsEvents, type RecordedRun } from "./history/recorded-run.ts";
import { isPodOf, JOB_NAME_LABEL, type JobObject, type PodObject } from "./history/run-objects.ts";

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
  const podsByRun = Map.groupBy(pods, (pod) => keyOf(pod.metadata.namespace, pod.metadata.labels?.[JOB_NAME_LABEL]));
  const ownPods = (job: JobObject) =>
    (podsByRun.get(keyOf(job.metadata.namespace, job.metadata.name)) ?? []).filter((pod) => isPodOf(job, pod));
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

function keyOf(namespace: string | undefined, run: string | undefined): string {
  return `${namespace}/${run}`;
}

function newestFirst(left: JobObject, right: JobObject): number {
  const difference = Date.parse(right.metadata.creationTimestamp) - Date.parse(left.metadata.creationTimestamp);
  return difference || (left.metadata.name < right.metadata.name ? 1 : -1);
}
