import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import { refusalOf } from "../../../runtime/kube/errors/refusal.ts";
import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import { explainAnswer } from "../../cluster/explain-answer.ts";
import type { Manifest } from "../../manifests/manifest.ts";

export type CronJobSpec = NonNullable<BuiltinObjects["cronjobs"]["spec"]>;

/** What the API server says to a pod of a job. */
export interface TrialPod {
  /** Why it would be refused. */
  readonly problem?: string;
  /** Why that cannot be known. */
  readonly note?: string;
}

/**
 * Lets the API server try a pod made from a CronJob's template, in a dry run: quotas, LimitRanges, Pod Security and webhooks speak about pods, and
 * would otherwise do so only when the first run is due.
 */
export async function tryPod(client: KubeClient, cronJob: Manifest): Promise<TrialPod> {
  const { name, namespace = "" } = cronJob.metadata;
  const { template } = (cronJob.spec as CronJobSpec).jobTemplate.spec ?? {};
  if (template?.spec === undefined) return { note: "the CronJob has no pod template" };
  // The job's own account and bundle may not be there yet, and an account that is not there is all that would be heard of.
  const spec = { ...template.spec, serviceAccountName: "default", automountServiceAccountToken: false };
  const metadata = { generateName: `${name}-`, namespace, labels: template.metadata?.labels ?? {} };
  try {
    await client.kube.inNamespace(namespace).pods.create({ metadata, spec }, { dryRun: true });
    return {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (refusalOf(error)?.cause === "rights")
      return { note: "cannot tell whether its pods would be admitted: that takes the right to create pods" };
    const hint = explainAnswer(error)?.hint;
    const says = error.serverMessage.replace(/\s+/g, " ").trim();
    return { problem: `its pods would be refused: ${says}${hint === undefined ? "" : ` (${hint})`}` };
  }
}
