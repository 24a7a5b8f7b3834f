import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { jobSelector, REVISION_LABEL } from "../manifests/manifest.ts";
import { findJob } from "../runs/find-job.ts";
import { listRuns } from "../runs/find-run.ts";
import { isRunOf, type JobObject } from "../runs/history/run-objects.ts";

interface JobKey {
  readonly name: string;
  readonly namespace: string;
}

/** The runs that a job has already, so that its first one after a deploy is known. */
export async function knownRuns(client: KubeClient, { name, namespace }: JobKey): Promise<ReadonlySet<string>> {
  return new Set((await listRuns(client, namespace, name)).map(({ metadata }) => metadata.uid));
}

/**
 * Waits, by a watch, for the first run of a deployed revision, whoever starts it.
 *
 * @param known runs that were there before
 * @param signal ends the waiting
 * @returns undefined where the signal came first
 */
export async function firstRun(
  client: KubeClient,
  { name, namespace, revision }: JobKey & { readonly revision: string },
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<JobObject | undefined> {
  const cronJob = await findJob(client, namespace, name);
  const labelSelector = `${jobSelector(name)},${REVISION_LABEL}=${revision}`;
  for await (const event of client.kube.inNamespace(namespace).jobs.watch({ labelSelector, signal })) {
    if (event.type !== "ADDED") continue;
    const { object } = event;
    if (isRunOf(cronJob, object) && !known.has(object.metadata.uid)) return object;
  }
  return undefined;
}
