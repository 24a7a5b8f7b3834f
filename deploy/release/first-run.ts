import type { ClusterApi } from "../cluster/cluster-api.ts";
import { watchObjects } from "../cluster/watch-objects.ts";
import { jobSelector, REVISION_LABEL } from "../manifests/manifest.ts";
import { findJob } from "../runs/find-job.ts";
import { listRuns } from "../runs/find-run.ts";
import { isRunOf, type JobObject } from "../runs/history/run-objects.ts";

interface JobKey {
  readonly name: string;
  readonly namespace: string;
}

/** The runs that a job has already, so that its first one after a deploy is known. */
export async function knownRuns(api: ClusterApi, { name, namespace }: JobKey): Promise<ReadonlySet<string>> {
  return new Set((await listRuns(api, namespace, name)).map(({ metadata }) => metadata.uid));
}

/**
 * Waits, by a watch, for the first run of a deployed revision, whoever starts it.
 *
 * @param known runs that were there before
 * @param signal ends the waiting
 * @returns undefined where the signal came first
 */
export async function firstRun(
  api: ClusterApi,
  { name, namespace, revision }: JobKey & { readonly revision: string },
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<JobObject | undefined> {
  const cronJob = await findJob(api, namespace, name);
  const kind = { apiVersion: "batch/v1", kind: "Job", namespace };
  const selector = `${jobSelector(name)},${REVISION_LABEL}=${revision}`;
  try {
    // The server ends a watch now and then: each one begins with what is there.
    while (!signal.aborted) {
      for await (const { type, object } of watchObjects<JobObject>(api.send, kind, selector, { signal })) {
        if (type === "ADDED" && isRunOf(cronJob, object) && !known.has(object.metadata.uid)) return object;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return undefined;
}
