import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { inPlace } from "../cluster/connect.ts";
import { fetchRun, withEvents } from "./find-run.ts";
import { readRun } from "./history/read-run.ts";
import { needsEvents, type RecordedRun } from "./history/recorded-run.ts";
import { isPodOf, JOB_NAME_LABEL, type JobObject } from "./history/run-objects.ts";

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
  const ours = all.filter((job) => isOurs(job));
  const podsByRun = Map.groupBy(allPods, (pod) => keyOf(pod.metadata.namespace, pod.metadata.labels?.[JOB_NAME_LABEL]));
  const read = async (job: JobObject): Promise<RecordedRun> => {
    const named = podsByRun.get(keyOf(job.metadata.namespace, job.metadata.name)) ?? [];
    const own = named.filter((pod) => isPodOf(job, pod));
    // Somebody may have taken the labels off its pods.
    const isLost = own.length === 0 && needsEvents(job, own);
    return { job, record: readRun(await (isLost ? fetchRun(client, job) : withEvents(client, job, own))) };
  };
  const sorted = ours.toSorted(newestFirst);
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
