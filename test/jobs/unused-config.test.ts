import { describe, expect, it } from "vitest";
import unusedConfig from "../../jobs/unused-config.ts";
import { type KubeObject, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

interface Details {
  readonly kind?: "ConfigMap" | "Secret";
  readonly type?: string;
  readonly days?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owned?: boolean;
}

function config(name: string, details: Details = {}): KubeObject {
  const { kind = "ConfigMap", type, days = 30, labels = {}, annotations = {}, owned = false } = details;
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "1" };
  const creationTimestamp = new Date(Date.now() - days * 86_400_000).toISOString();
  const ownerReferences = owned ? [owner] : [];
  const metadata = { name, namespace: "shop", creationTimestamp, labels, annotations, ownerReferences };
  return { apiVersion: "v1", kind, metadata, ...(type === undefined ? {} : { type }) } as KubeObject;
}

function pod(spec: object, annotations: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop", annotations }, spec };
}

function withVolume(volume: object): object {
  return pod({ containers: [], volumes: [{ name: "v", ...volume }] });
}

function withContainer(container: object, field = "containers"): object {
  return pod({ containers: [], [field]: [{ name: "c", ...container }] });
}

function workload(apiVersion: string, kind: string, spec: object): object {
  return { apiVersion, kind, metadata: { name: "w", namespace: "shop" }, spec };
}

const MOUNTS = { spec: { containers: [], volumes: [{ name: "v", secret: { secretName: "it" } }] } };

async function report(objects: readonly object[]) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects as KubeObject[]);
  const { outcome, result } = await runJob(unusedConfig, cluster, { namespace: "shop" });
  expect(outcome).toBe("succeeded");
  return (result as { unused: { object: string; sure: string; because?: string }[] }).unused;
}

describe("unused-config", () => {
  it("reports unreferenced objects as certainly unused", async () => {
    const unused = await report([config("one"), config("two", { kind: "Secret" }), config("young", { days: 1 })]);
    expect(unused).toMatchObject([
      { object: "Secret/two", sure: "yes" },
      { object: "ConfigMap/one", sure: "yes" },
    ]);
  });

  it.each<[string, "ConfigMap" | "Secret", object]>([
    ["a volume", "ConfigMap", withVolume({ configMap: { name: "it" } })],
    ["a volume of a Secret", "Secret", withVolume({ secret: { secretName: "it" } })],
    ["a projected volume", "ConfigMap", withVolume({ projected: { sources: [{ configMap: { name: "it" } }] } })],
    ["a projected Secret", "Secret", withVolume({ projected: { sources: [{ secret: { name: "it" } }] } })],
    ["a CSI volume", "Secret", withVolume({ csi: { driver: "d", nodePublishSecretRef: { name: "it" } } })],
    ["a driver of old", "Secret", withVolume({ rbd: { image: "i", monitors: [], secretRef: { name: "it" } } })],
    [
      "a variable",
      "ConfigMap",
      withContainer({ env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "it", key: "a" } } }] }),
    ],
    [
      "a variable of an init container",
      "Secret",
      withContainer({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "it", key: "a" } } }] }, "initContainers"),
    ],
    ["envFrom", "Secret", withContainer({ envFrom: [{ secretRef: { name: "it" } }] })],
    ["a pull Secret", "Secret", pod({ containers: [], imagePullSecrets: [{ name: "it" }] })],
    ["a Deployment without replicas", "Secret", workload("apps/v1", "Deployment", { replicas: 0, template: MOUNTS })],
    ["a DaemonSet", "Secret", workload("apps/v1", "DaemonSet", { template: MOUNTS })],
    [
      "a CronJob between two runs",
      "Secret",
      workload("batch/v1", "CronJob", { jobTemplate: { spec: { template: MOUNTS } } }),
    ],
    ["an Ingress", "Secret", workload("networking.k8s.io/v1", "Ingress", { tls: [{ secretName: "it" }] })],
    [
      "an account",
      "Secret",
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "a", namespace: "shop" },
        imagePullSecrets: [{ name: "it" }],
      },
    ],
  ])("recognizes a reference by %s", async (_way, kind, user) => {
    expect(await report([config("it", { kind }), user])).toEqual([]);
    expect(await report([config("it", { kind: kind === "Secret" ? "ConfigMap" : "Secret" }), user])).toHaveLength(1);
  });

  it("omits owned and kept objects, and those of Kubernetes or Helm", async () => {
    const unused = await report([
      config("owned", { owned: true }),
      config("kept", { annotations: { "errand/keep": "" } }),
      config("kube-root-ca.crt"),
      config("token", { kind: "Secret", type: "kubernetes.io/service-account-token" }),
      config("sh.helm.release.v1.web.v1", { kind: "Secret", type: "helm.sh/release.v1" }),
    ]);
    expect(unused).toEqual([]);
  });

  it("is uncertain if a sidecar, a manager or a program may find it by itself", async () => {
    const unused = await report([
      config("dashboards", { labels: { grafana_dashboard: "1" } }),
      config("chart", { labels: { "app.kubernetes.io/managed-by": "Helm" } }),
      config("by-argument"),
      config("by-annotation"),
      pod(
        { containers: [{ name: "c", args: ["--config=shop/by-argument"] }] },
        { "example.com/auth": "by-annotation" },
      ),
    ]);
    expect(Object.fromEntries(unused.map(({ object, because }) => [object, because]))).toEqual({
      "ConfigMap/dashboards": "something may select it by its label grafana_dashboard",
      "ConfigMap/chart": "Helm manages it",
      "ConfigMap/by-argument": "its name stands in an annotation, an argument or a variable",
      "ConfigMap/by-annotation": "its name stands in an annotation, an argument or a variable",
    });
  });
});
