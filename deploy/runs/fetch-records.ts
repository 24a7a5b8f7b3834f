import type { ClusterApi } from "../cluster/cluster-api.ts";
import { fetchRun } from "./find-run.ts";
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
  api: ClusterApi,
  namespace: string | undefined,
  labelSelector: string,
  isRun: Promise<(job: JobObject) => boolean>,
): Promise<Records> {
  const [all, pods, isOurs] = await Promise.all([
    api.list<JobObject>({ apiVersion: "batch/v1", kind: "Job", namespace }, { labelSelector }),
    api.list<PodObject>({ apiVersion: "v1", kind: "Pod", namespace }, { labelSelector }),
    isRun,
  ]);
  const jobs = all.filter((job) => isOurs(job));
  const podsByRun = Map.groupBy(pods, (pod) => keyOf(pod.metadata.namespace, pod.metadata.labels?.[JOB_NAME_LABEL]));
  const read = async (job: JobObject): Promise<RecordedRun> => {
    const named = podsByRun.get(keyOf(job.metadata.namespace, job.metadata.name)) ?? [];
    const own = named.filter((pod) => isPodOf(job, pod));
    const objects = needsEvents(job, own) ? await fetchRun(api, job) : { job, pods: own, events: [] };
    return { job, record: readRun(objects) };
  };
  const sorted = jobs.toSorted(newestFirst);
  const records: RecordedRun[] = [];
  for (let start = 0; start < sorted.length; start += CONCURRENCY) {
    records.push(...(await Promise.all(sorted.slice(start, start + CONCURRENCY).map(read))));
  }
  return { runs: records, foreign: all.filter((job) => !isOurs(job)).toSorted(newestFirst) };
}

function keyOf(namespace: string | undefined, run: string | undefined): string {
  return `${namespace}/${run}`;
}

function newestFirst(left: JobObject, right: JobObject): number {
  const difference = Date.parse(right.metadata.creationTimestamp) - Date.parse(left.metadata.creationTimestamp);
  return difference || (left.metadata.name < right.metadata.name ? 1 : -1);
}
