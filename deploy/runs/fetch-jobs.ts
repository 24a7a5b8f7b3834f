import type { ClusterApi } from "../cluster/cluster-api.ts";
import { COMPONENT_LABEL, MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../manifests/manifest.ts";
import { fetchRecords } from "./fetch-records.ts";
import { type CronJobObject, isErrandsJob } from "./find-job.ts";
import { isRunOf, type JobObject } from "./history/run-objects.ts";
import { EVERY_JOB_SELECTOR, type JobSummary, summarizeJob } from "./job-summary.ts";

/** Also those that were installed by Helm, among which others have to be told apart by what is in them. */
const CRON_JOB_SELECTOR = `${COMPONENT_LABEL}=job,${MANAGED_BY_LABEL} in (${MANAGER},Helm)`;

/**
 * Reads every deployed job with what is known of its runs, by namespace and name.
 *
 * @param namespace undefined: all
 */
export async function fetchJobSummaries(
  api: ClusterApi,
  namespace: string | undefined,
  now: Date,
): Promise<JobSummary[]> {
  const kind = { apiVersion: "batch/v1", kind: "CronJob", namespace };
  const listed = api.list<CronJobObject>(kind, { labelSelector: CRON_JOB_SELECTOR });
  const byKey = listed.then((all) => new Map(all.filter(isErrandsJob).map((each) => [keyOf(each), each])));
  const isOwned = byKey.then((cronJobs) => (job: JobObject) => {
    const cronJob = cronJobs.get(keyOfRun(job));
    return cronJob !== undefined && isRunOf(cronJob, job);
  });
  const [cronJobs, { runs, foreign }] = await Promise.all([
    byKey,
    fetchRecords(api, namespace, EVERY_JOB_SELECTOR, isOwned),
  ]);
  const runsByJob = Map.groupBy(runs, ({ job }) => keyOfRun(job));
  const foreignByJob = Map.groupBy(foreign, keyOfRun);
  return [...cronJobs.values()]
    .map((each) => summarizeJob(each, runsByJob.get(keyOf(each)) ?? [], now, foreignByJob.get(keyOf(each)) ?? []))
    .toSorted((left, right) => compare(left.namespace, right.namespace) || compare(left.job, right.job));
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
