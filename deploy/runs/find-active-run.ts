import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { UsageError } from "../terminal/command-error.ts";
import { fetchRun, findRun, jobNameIn, listActiveRuns } from "./find-run.ts";
import { CANCELLED_ANNOTATION } from "./history/cancellation.ts";
import { readRun } from "./history/read-run.ts";
import { endCondition, type RunObjects, runningContainers } from "./history/run-objects.ts";

/**
 * Finds the run that is to be ended: by its own name, or the only active one of a job.
 *
 * @param word name of a run, name of a job, or path of a job file
 * @throws {CommandError} where none is active, or several of a job are
 */
export async function findActiveRun(client: KubeClient, namespace: string, word: string): Promise<RunObjects> {
  const job = jobNameIn(word);
  const active = await listActiveRuns(client, namespace, job);
  if (active.length > 1) {
    throw new UsageError(`Job "${job}" has ${active.length} active runs`, {
      hint: `Say which: ${active.map(({ metadata }) => metadata.name).join(", ")}`,
    });
  }
  const objects = await fetchRun(client, active[0] ?? (await findRun(client, namespace, word)));
  const record = readRun(objects);
  if (record.phase !== "finished" || isKeptAlive(objects)) return objects;
  const { id } = record.report.run;
  throw new UsageError(
    id === job
      ? `Run ${id} is over (${record.report.outcome}): there is nothing to cancel`
      : `Job "${job}" has no active run; the last one, ${id}, is over (${record.report.outcome})`,
    { hint: `To stop its schedule: errand pause ${record.report.job} -n ${namespace}` },
  );
}

/** True for a run that is over, and whose Job is not: another container keeps the pod, and nothing but a cancel ends it. */
function isKeptAlive({ job, pods }: RunObjects): boolean {
  const isCancelled = job.metadata.annotations?.[CANCELLED_ANNOTATION] !== undefined;
  return !isCancelled && endCondition(job) === undefined && pods.some((pod) => runningContainers(pod).length > 0);
}
