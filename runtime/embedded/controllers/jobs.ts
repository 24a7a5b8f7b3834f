import type { EmbeddedCluster } from "../embedded-cluster.ts";
import { type PodResult, type RunPodOptions, runPod } from "../kubelet/run-pod.ts";
import { type ApiObject, fieldAt, isJsonObject, timestamp } from "../objects/api-object.ts";
import { endsJob, ignoresFailure, type PodFailurePolicy } from "./pod-failure-policy.ts";
import { podOfJob } from "./pod-of-job.ts";

const JOBS = { group: "batch", resource: "jobs" };
const PODS = { group: "", resource: "pods" };

/** How a Job ended. */
export interface JobResult {
  /** Of the last pod. */
  readonly exitCode: number;
  /** Every pod that ran, in order. */
  readonly pods: readonly (PodResult & { readonly name: string })[];
}

/**
 * Does for one Job what the Job controller and a kubelet do together: makes its pod, runs it, makes another where it failed and may be tried again, and
 * says in the Job's status how it ended. It does not wait between tries.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 *
 * @throws {ApiStatusError} 404 where there is no such Job
 * @throws {RangeError} for a pod that cannot run here
 */
export async function runJob(
  cluster: EmbeddedCluster,
  namespace: string,
  name: string,
  options: RunPodOptions = {},
): Promise<JobResult> {
  const job = cluster.store.mustGet(JOBS, namespace, name);
  const policy = fieldAt(job, "spec", "podFailurePolicy") as PodFailurePolicy | undefined;
  const retries = Number(fieldAt(job, "spec", "backoffLimitPerIndex") ?? fieldAt(job, "spec", "backoffLimit") ?? 0);
  const pods: (PodResult & { name: string })[] = [];
  setStatus(cluster, job, { active: 1, startTime: timestamp() });
  for (let failures = 0; ; ) {
    const pod = cluster.store.insert(PODS, podOfJob(job, failures, pods.length));
    const result = await runPod(cluster, namespace, pod.metadata.name, options);
    pods.push({ ...result, name: pod.metadata.name });
    const { exitCode } = result;
    if (exitCode === 0) return finish(cluster, job, "Complete", { exitCode, pods });
    if (endsJob(policy, exitCode)) return finish(cluster, job, "PodFailurePolicy", { exitCode, pods });
    if (!ignoresFailure(policy, exitCode)) failures += 1;
    if (failures > retries || options.signal?.aborted) {
      return finish(cluster, job, "BackoffLimitExceeded", { exitCode, pods });
    }
  }
}

function finish(cluster: EmbeddedCluster, job: ApiObject, reason: string, result: JobResult): JobResult {
  const at = timestamp();
  const complete = reason === "Complete";
  const condition = {
    type: complete ? "Complete" : "Failed",
    status: "True",
    ...(complete ? {} : { reason }),
    lastTransitionTime: at,
  };
  setStatus(cluster, job, {
    active: 0,
    ...(complete ? { succeeded: 1, completionTime: at } : { failed: result.pods.length }),
    conditions: [condition],
  });
  return result;
}

function setStatus({ store }: EmbeddedCluster, { metadata }: ApiObject, status: object): void {
  const current = store.get(JOBS, metadata.namespace, metadata.name);
  if (current?.metadata.uid !== metadata.uid) return;
  store.replace(JOBS, { ...current, status: { ...(isJsonObject(current.status) ? current.status : {}), ...status } });
}
