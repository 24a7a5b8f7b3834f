import { planHash } from "../../../runtime/run/pod/load-plan.ts";
import type { Cluster } from "../../cluster/connect.ts";
import { ifFound } from "../../cluster/connect.ts";
import { REVISION_LABEL } from "../../manifests/manifest.ts";
import { PLAN_FILE } from "../../manifests/manual-job.ts";
import { CommandError, UsageError } from "../../terminal/command-error.ts";
import { createRun } from "../create-run.ts";
import { findJob } from "../find-job.ts";
import type { JobObject } from "../history/run-objects.ts";
import { planName, readPlan } from "./plan.ts";

/** Its name, or more of it: what `--plan` prints is the whole, which nobody can forge. */
const HASH = /^[0-9a-f]{10,64}$/;

/**
 * Starts a run that does what a plan lists, and nothing else.
 *
 * @param hash of the plan, 10 digits of it at least. The pod is given all of it
 * @throws {CommandError} where there is no such plan, or other code is deployed by now
 */
export async function applyPlan(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  job: string,
  hash: string,
  force: boolean,
): Promise<JobObject> {
  const again = `Plan again: errand trigger ${job} -n ${namespace} --plan`;
  if (!HASH.test(hash))
    throw new UsageError(`--apply ${hash}: a plan's hash has 10 hexadecimal digits, or all 64 of them`, {
      hint: again,
    });
  const cronJob = await findJob(client, namespace, job);
  const configMap = planName(job, hash);
  const kept = await ifFound(client.kube.inNamespace(namespace).configmaps.get(configMap));
  if (kept === undefined)
    throw new UsageError(`Job "${job}" has no plan ${hash} in namespace "${namespace}"`, {
      hint: `A plan is deleted with its run. ${again}`,
    });
  const text = kept.data?.[PLAN_FILE] ?? "";
  const plan = readPlan(text, hash);
  if (plan === undefined || plan.job !== job || plan.namespace !== namespace)
    throw new CommandError(`ConfigMap ${configMap} does not hold plan ${hash}`, { hint: again });
  const revision = cronJob.metadata.labels?.[REVISION_LABEL];
  if (plan.revision !== revision)
    throw new CommandError(`Plan ${hash} was made by revision ${plan.revision}, but ${revision} is deployed now`, {
      hint: again,
    });
  const { params, secretParams } = plan;
  return await createRun({ client, namespace }, cronJob, {
    params,
    secretParams,
    dryRun: false,
    force,
    plan: { configMap, sha256: planHash(text) },
  });
}
