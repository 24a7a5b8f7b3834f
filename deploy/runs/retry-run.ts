import type { Cluster } from "../cluster/connect.ts";
import { NAME_LABEL, REVISION_LABEL } from "../manifests/manifest.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../terminal/command-error.ts";
import { createRun } from "./create-run.ts";
import { findJob } from "./find-job.ts";
import { fetchRun } from "./find-run.ts";
import { readRun } from "./history/read-run.ts";
import { RETRY_OF_ANNOTATION } from "./history/recorded-run.ts";
import type { JobObject } from "./history/run-objects.ts";
import { runParams } from "./run-params.ts";
import { readRunSecret } from "./run-secret.ts";

/** A run that repeats another. */
export interface Retry {
  readonly job: string;
  readonly run: JobObject;
  readonly retryOf: string;
  /** Of the new run and of the one that it repeats: they differ where the job was deployed in between. */
  readonly revision: string;
  readonly earlierRevision: string;
}

/**
 * Starts a run with the parameters of an earlier one, from what is deployed now: that is where its mistake has been mended.
 *
 * @throws {CommandError} where the earlier one has not ended, its job is gone, or another run is active
 */
export async function retryRun(
  { client, namespace }: Cluster,
  earlier: JobObject,
  { force }: { readonly force: boolean },
): Promise<Retry> {
  const { name: retryOf, labels = {} } = earlier.metadata;
  const job = labels[NAME_LABEL] ?? retryOf;
  const cronJob = await findJob(client, namespace, job);
  const record = readRun(await fetchRun(client, earlier));
  if (record.phase !== "finished") {
    throw new CommandError(`Run ${retryOf} has not ended yet`, {
      hint: `Wait for it: errand result ${retryOf} -n ${namespace} --wait; or end it: errand cancel ${retryOf} -n ${namespace}`,
      exitCode: TRY_LATER_EXIT_CODE,
    });
  }
  const annotations = { [RETRY_OF_ANNOTATION]: retryOf };
  const { params, secretParams: kept, dryRun } = runParams(earlier);
  const secretParams = kept && { values: await readRunSecret(client, namespace, retryOf, kept) };
  const run = await createRun({ client, namespace }, cronJob, { params, secretParams, dryRun, force, annotations });
  return {
    job,
    run,
    retryOf,
    revision: cronJob.metadata.labels?.[REVISION_LABEL] ?? "",
    earlierRevision: labels[REVISION_LABEL] ?? "",
  };
}
