import type { Cluster } from "../../cluster/connect.ts";
import { getJob } from "../../runs/find-job.ts";
import { findRun, jobNameIn, listRuns } from "../../runs/find-run.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import type { JobObject } from "../../runs/history/run-objects.ts";
import { fetchRunSnapshot, fetchScheduleSnapshot } from "./fetch-snapshots.ts";
import { explainRun, type RunFinding } from "./run-causes.ts";
import { explainSchedule, type ScheduleFinding } from "./schedule-causes.ts";

type Target = Pick<Cluster, "client" | "namespace">;

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
export async function explain({ client, namespace }: Target, word: string, now: Date): Promise<Answer> {
  const name = jobNameIn(word);
  const cronJob = await getJob(client, namespace, name);
  if (cronJob === undefined)
    return { run: await explainOne({ client, namespace }, await findRun(client, namespace, word)) };
  const [newest] = await listRuns(client, namespace, name);
  const schedule = explainSchedule(await fetchScheduleSnapshot(client, namespace, cronJob, now));
  return {
    job: name,
    ...(schedule === undefined ? {} : { schedule }),
    ...(newest === undefined ? {} : { run: await explainOne({ client, namespace }, newest) }),
  };
}

async function explainOne({ client, namespace }: Target, job: JobObject) {
  const snapshot = await fetchRunSnapshot(client, namespace, job);
  const finding = explainRun(snapshot);
  return { name: job.metadata.name, record: snapshot.record, ...(finding === undefined ? {} : { finding }) };
}
