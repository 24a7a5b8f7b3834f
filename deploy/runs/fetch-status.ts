import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import type { Cluster } from "../cluster/connect.ts";
import { jobSelector } from "../manifests/manifest.ts";
import { fetchRecords } from "./fetch-records.ts";
import { getJob } from "./find-job.ts";
import { fetchRun, findRun, jobNameIn } from "./find-run.ts";
import { type RunRecord, readRun } from "./history/read-run.ts";
import { isRunOf, type JobObject } from "./history/run-objects.ts";
import { type JobSummary, summarizeJob } from "./job-summary.ts";
import { fetchLiveReport } from "./live-report.ts";

/** How a job and a run of it stand. */
export interface Status {
  /** Absent where a run was named. */
  readonly job?: JobSummary;
  /** Absent for a job that has no runs. */
  readonly record?: RunRecord;
}

/**
 * Finds how a run stands, or a job with its newest run. A run that goes on is asked itself.
 *
 * @param nameOrFile name of a run, name of a job, or path of a job file
 * @param onProblem told where a running pod cannot be asked: then only what Kubernetes knows is given
 * @throws {CommandError} where there is neither
 */
export async function fetchStatus(
  { client, namespace }: Cluster,
  nameOrFile: string,
  now: Date,
  onProblem: (text: string) => void,
): Promise<Status> {
  const name = jobNameIn(nameOrFile);
  const cronJob = await getJob(client, namespace, name);
  if (cronJob === undefined) {
    const record = readRun(await fetchRun(client, await findRun(client, namespace, nameOrFile)));
    return { record: await withLiveReport(client, record, namespace, onProblem) };
  }
  const owned = Promise.resolve((job: JobObject) => isRunOf(cronJob, job));
  const { runs, foreign } = await fetchRecords(client, namespace, jobSelector(name), owned);
  const newest = runs[0]?.record;
  return {
    job: summarizeJob(cronJob, runs, now, foreign),
    ...(newest === undefined ? {} : { record: await withLiveReport(client, newest, namespace, onProblem) }),
  };
}

async function withLiveReport(
  client: KubeClient,
  record: RunRecord,
  namespace: string,
  onProblem: (text: string) => void,
): Promise<RunRecord> {
  if (record.phase !== "running") return record;
  try {
    return { ...record, report: await fetchLiveReport(client, { namespace, name: record.pod }) };
  } catch (error) {
    onProblem(`Pod ${record.pod} did not report its progress: ${whyNot(error)}`);
    return record;
  }
}

function whyNot(error: unknown): string {
  if (error instanceof ApiError && error.code === 403)
    return "that takes the rights to get and create pods/portforward";
  return error instanceof Error ? error.message : String(error);
}
