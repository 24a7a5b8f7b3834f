import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

let namespace: TestNamespace;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "library");
});
afterAll(() => namespace.delete());

/** A pod that a restricted namespace admits. */
function podSpec(script: string, fields: object = {}) {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const { nodeImage } = namespace.access;
  const container = {
    name: "main",
    image: nodeImage,
    command: ["node", "-e", script],
    imagePullPolicy: "IfNotPresent",
  };
  return { terminationGracePeriodSeconds: 0, ...fields, containers: [{ ...container, securityContext }] };
}

interface Ended {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Workload {
  readonly spec: { readonly template: { readonly metadata: { readonly annotations?: object } } };
  readonly status: { readonly availableReplicas?: number; readonly updatedReplicas?: number };
}

describe("scheduled-restart", () => {
  it("waits for each rollout, as the controller says, before it starts the next", async () => {
    for (const name of ["web", "worker"]) {
      const labels = { app: name };
      await namespace.kubectl.apply({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, labels: { "errand/restart": "scheduled" } },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec("setInterval(() => {}, 1e9)") },
        },
      });
    }
    const get = (name: string) => namespace.kubectl.get<Workload>(`deployment/${name}`);
    await until("both are ready", async () =>
      (await Promise.all(["web", "worker"].map(get))).every(({ status }) => status.availableReplicas === 2),
    );
    await deploy(namespace, "jobs/scheduled-restart.ts");
    await namespace.untilMay("scheduled-restart", "patch", "deployments.apps", true);
    const { report } = await triggerAndWait(namespace, "scheduled-restart");
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: { restarted: ["Deployment/web", "Deployment/worker"], skipped: {} },
    });
    for (const name of ["web", "worker"]) {
      const { spec, status } = await get(name);
      expect(spec.template.metadata.annotations).toHaveProperty(["kubectl.kubernetes.io/restartedAt"]);
      expect(status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
    }
  });
});

describe("job-cleanup", () => {
  it("removes a Job that ended, with its pods, and leaves one that runs and its own run", async () => {
    for (const [name, script] of [
      ["done", ""],
      ["runs", "setInterval(() => {}, 1e9)"],
    ] as const) {
      const template = { spec: podSpec(script, { restartPolicy: "Never" }) };
      await namespace.kubectl.apply({ apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template } });
    }
    await until("one is done", async () => {
      const { status } = await namespace.kubectl.get<Ended>("job/done");
      return status.conditions?.some(({ type, status }) => type === "Complete" && status === "True") === true;
    });
    await deploy(namespace, "jobs/job-cleanup.ts");
    await namespace.untilMay("job-cleanup", "delete", "jobs.batch", true);
    const { report } = await triggerAndWait(namespace, "job-cleanup", "--param", "olderThan=0s");
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: { deleted: 1 },
      mutations: { delete: { "jobs.batch": 1 } },
    });
    await until("its pods are gone too", async () => {
      const { stdout } = await namespace.kubectl.run(["get", "jobs,pods", "-o", "name"]);
      return !stdout.includes("/done") && stdout.includes("/runs");
    });
  });
});
