import { describe, expect, it } from "vitest";
import { runJob } from "../../../../runtime/embedded/controllers/jobs.ts";
import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";
import { startCluster } from "../cluster-setup.ts";
import { programAndPodSpec } from "../kubelet/pods.ts";

const JOBS = { group: "batch", resource: "jobs" };

/** Exits with the code at the index of its earlier failures. */
function endsWith(...codes: readonly number[]): string {
  return `process.exit(${JSON.stringify(codes)}[Number(process.env.FAILURES)]);`;
}

const FAILURES = {
  name: "FAILURES",
  valueFrom: { fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-index-failure-count']" } },
};

const POLICY = {
  rules: [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "FailJob", onExitCodes: { operator: "In", values: [64] } },
  ],
};

function jobObjects(source: string, retries: number): KubeObject[] {
  const { program, spec } = programAndPodSpec(source);
  const containers = spec.containers.map((container) => ({ ...container, env: [FAILURES] }));
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "run", namespace: "team" },
    spec: {
      backoffLimitPerIndex: retries,
      podFailurePolicy: POLICY,
      template: { metadata: { labels: { app: "it" } }, spec: { ...spec, containers } },
    },
  };
  return [program, job as KubeObject];
}

async function run(source: string, retries: number) {
  const cluster = await startCluster();
  cluster.applyObjects(jobObjects(source, retries));
  const { exitCode, pods } = await runJob(cluster, "team", "run");
  return {
    cluster,
    codes: pods.map((pod) => pod.exitCode),
    exitCode,
    status: cluster.store.get(JOBS, "team", "run")?.status,
  };
}

describe("runJob", () => {
  it("creates a pod that the Job owns, and sets the condition Complete on success", async () => {
    const { cluster, codes, status } = await run(endsWith(0), 2);
    expect(codes).toEqual([0]);
    expect(status).toMatchObject({ succeeded: 1, conditions: [{ type: "Complete", status: "True" }] });
    const [pod] = cluster.store.all({ group: "", resource: "pods" }, "team");
    expect(pod?.metadata).toMatchObject({
      labels: { app: "it", "batch.kubernetes.io/job-name": "run" },
      annotations: { "batch.kubernetes.io/job-index-failure-count": "0" },
      ownerReferences: [{ kind: "Job", name: "run", controller: true }],
    });
  });

  it("retries up to the limit, and passes the failure count of the index to each pod", async () => {
    const { codes, exitCode, status } = await run(endsWith(1, 2, 3, 0), 2);
    expect(codes).toEqual([1, 2, 3]);
    expect(exitCode).toBe(3);
    expect(status).toMatchObject({ failed: 3, conditions: [{ type: "Failed", reason: "BackoffLimitExceeded" }] });
  });

  it("does not retry an exit code for which the policy fails the Job", async () => {
    const { codes, status } = await run(endsWith(64, 0), 2);
    expect(codes).toEqual([64]);
    expect(status).toMatchObject({ conditions: [{ type: "Failed", reason: "PodFailurePolicy" }] });
  });
});
