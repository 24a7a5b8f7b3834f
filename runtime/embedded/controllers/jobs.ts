import { NODE_NAME, type PodResult, type RunPodOptions, runPod } from "../kubelet/run-pod.ts";
import type { PodCluster } from "../kubelet/running-pods.ts";
import { type ApiObject, fieldAt, isJsonObject, timestamp } from "../objects/api-object.ts";
import { JOBS, PODS } from "../objects/resource-table.ts";
import type { NewObject } from "../storage/object-store.ts";

/** How a Job ended. */
export interface JobResult {
  /** Of the last pod. */
  readonly exitCode: number;
  /** Every pod that ran, in order. */
  readonly pods: readonly (PodResult & { readonly name: string })[];
}

/**
 * Runs one Job like the Job controller and a kubelet: creates its pod, runs it, retries after failures, and writes the Job's status. Does not wait
 * between retries.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 *
 * @throws {ApiStatusError} 404 if the Job does not exist
 * @throws {RangeError} for a pod that cannot run here
 */
export async function runJob(
  cluster: PodCluster,
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

function finish(cluster: PodCluster, job: ApiObject, reason: string, result: JobResult): JobResult {
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

function setStatus({ store }: PodCluster, { metadata }: ApiObject, status: object): void {
  const current = store.get(JOBS, metadata.namespace, metadata.name);
  if (current?.metadata.uid !== metadata.uid) return;
  store.replace(JOBS, { ...current, status: { ...(isJsonObject(current.status) ? current.status : {}), ...status } });
}

const PREFIX = "batch.kubernetes.io/";

/**
 * The pod that the Job controller creates for the first index of a Job.
 *
 * @param failures how often the index has failed
 * @param number distinguishes the pods of a Job
 */
function podOfJob(job: ApiObject, failures: number, number: number): NewObject {
  const { name, namespace, uid } = job.metadata;
  const template = fieldAt(job, "spec", "template");
  const spec = fieldAt(template, "spec");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-0-${number}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...texts(fieldAt(template, "metadata", "labels")),
        [`${PREFIX}job-name`]: name,
        [`${PREFIX}controller-uid`]: uid,
        [`${PREFIX}job-completion-index`]: "0",
        "job-name": name,
        "controller-uid": uid,
      },
      annotations: {
        ...texts(fieldAt(template, "metadata", "annotations")),
        [`${PREFIX}job-completion-index`]: "0",
        [`${PREFIX}job-index-failure-count`]: String(failures),
      },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: { ...(isJsonObject(spec) ? spec : {}), nodeName: NODE_NAME },
    status: { phase: "Pending" },
  };
}

function texts(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy */
interface PodFailurePolicy {
  readonly rules?: readonly {
    readonly action: string;
    readonly onExitCodes?: { readonly operator: string; readonly values: readonly number[] };
  }[];
}

/** The action of the first rule that matches an exit code. Pods here have none of the conditions that other rules match. */
function actionFor(policy: PodFailurePolicy | undefined, exitCode: number): string | undefined {
  return policy?.rules?.find(({ onExitCodes }) => {
    if (!onExitCodes) return false;
    return onExitCodes.values.includes(exitCode) === (onExitCodes.operator === "In");
  })?.action;
}

/** True if the Job ends with this exit code. */
function endsJob(policy: PodFailurePolicy | undefined, exitCode: number): boolean {
  const action = actionFor(policy, exitCode);
  return action === "FailJob" || action === "FailIndex";
}

/** True if this exit code does not count as a failure. */
function ignoresFailure(policy: PodFailurePolicy | undefined, exitCode: number): boolean {
  return actionFor(policy, exitCode) === "Ignore";
}
