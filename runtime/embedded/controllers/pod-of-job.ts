import { type ApiObject, fieldAt, isJsonObject } from "../objects/api-object.ts";
import type { NewObject } from "../storage/object-store.ts";

/** The embedded cluster's only node. */
export const NODE_NAME = "embedded-node";

const PREFIX = "batch.kubernetes.io/";

/**
 * The pod that the Job controller makes for the first index of a Job.
 *
 * @param failures how often the index failed before
 * @param number tells the pods of one Job apart
 */
export function podOfJob(job: ApiObject, failures: number, number: number): NewObject {
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
