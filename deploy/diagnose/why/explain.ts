import type { Cluster } from "../../cluster/connect.ts";
import { getJob } from "../../runs/find-job.ts";
import { findRun, jobNameIn, listRuns } from "../../runs/find-run.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import type { JobObject } from "../../runs/history/run-objects.ts";
import { fetchRunSnapshot, fetchScheduleSnapshot } from "./fetch-snapshots.ts";
import { explainRun, type RunFinding } from "./run-causes.ts";
import { explainSchedule, type ScheduleFinding } from "./schedule-causes.ts";

type Target = Pick<Cluster, "api" | "namespace">;

/** The answer to *why*. */
export interface Answer {
  /** The job that was asked about; absent where it was a run. */
  readonly job?: string;
  /** Why the schedule starts nothing; absent where it does. */
  readonly schedule?: ScheduleFinding;
  /** The run that was asked about, or the newest of the job. */
  readonly run?: { readonly name: string; readonly record: RunRecord; readonly finding?: RunFinding };
}

/**
 * Answers *why did it not run, why did it end so*.
 *
 * @param word name of a run, name of a job, or path of a job file
 * @throws {CommandError} where there is neither
 */
export async function explain({ api, namespace }: Target, word: string, now: Date): Promise<Answer> {
  const name = jobNameIn(word);
  const cronJob = await getJob(api, namespace, name);
  if (cronJob === undefined) return { run: await explainOne({ api, namespace }, await findRun(api, namespace, word)) };
  const [newest] = await listRuns(api, namespace, name);
  const schedule = explainSchedule(await fetchScheduleSnapshot(api, namespace, cronJob, now));
  return {
    job: name,
    ...(schedule === undefined ? {} : { schedule }),
    ...(newest === undefined ? {} : { run: await explainOne({ api, namespace }, newest) }),
  };
}

async function explainOne({ api, namespace }: Target, job: JobObject) {
  const snapshot = await fetchRunSnapshot(api, namespace, job);
  const finding = explainRun(snapshot);
  return { name: job.metadata.name, record: snapshot.record, ...(finding === undefined ? {} : { finding }) };
}
