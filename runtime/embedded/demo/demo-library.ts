import type { KubeObject } from "../../kube/surface/objects.ts";
import { makeServerCertificate } from "../http/certificate.ts";

const DAY = 24 * 3_600_000;
const RBAC = "rbac.authorization.k8s.io";

/**
 * Objects that the jobs of the library look for, beside the namespace's workloads: a Job that ended, what is past its time, revisions of a Helm release, a claim and a ConfigMap that nothing uses,
 * a ConfigMap to copy, a certificate, and an account that may do too much.
 *
 * @param ago converts milliseconds before now to a timestamp
 */
export function demoLibrary(namespace: string, ago: (milliseconds: number) => string): KubeObject[] {
  const named = (name: string, days: number, fields: object = {}) => ({
    name,
    namespace,
    creationTimestamp: ago(days * DAY),
    ...fields,
  });
  const config = (name: string, days: number, fields: object = {}) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: named(name, days, fields),
    data: { color: "blue" },
  });
  const revisions = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => revision(named, number, number === 8));
  const objects: object[] = [
    endedJob(named("migrate-orders", 6), ago(6 * DAY - 180_000)),
    config("preview-settings", 3, { annotations: { "errand/ttl": "1d" } }),
    config("legacy-settings", 60),
    config("shared-config", 90),
    { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-team`, labels: { "errand/copy": "true" } } },
    ...revisions,
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: named("old-uploads", 120),
      spec: { storageClassName: "standard", resources: { requests: { storage: "20Gi" } } },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: named("shop-tls", 20),
      data: { "tls.crt": Buffer.from(makeServerCertificate().certificate).toString("base64") },
    },
    ...robot(named),
  ];
  return objects as KubeObject[];
}

type Named = (name: string, days: number, fields?: object) => object;

function endedJob(metadata: object, at: string): object {
  const spec = {
    template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.com/migrate:2.0" }] } },
  };
  const condition = { type: "Complete", status: "True", lastTransitionTime: at };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata,
    spec,
    status: { succeeded: 1, completionTime: at, conditions: [condition] },
  };
}

function revision(named: Named, number: number, isDeployed: boolean): object {
  const labels = {
    owner: "helm",
    name: "shop",
    version: String(number),
    status: isDeployed ? "deployed" : "superseded",
  };
  const metadata = named(`sh.helm.release.v1.shop.v${number}`, 80 - number * 9, { labels });
  return { apiVersion: "v1", kind: "Secret", type: "helm.sh/release.v1", metadata };
}

/** An account whose right to read Secrets nobody uses any more. */
function robot(named: Named): object[] {
  const metadata = named("release-bot", 300);
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }];
  const subjects = [{ kind: "ServiceAccount", name: "release-bot" }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      subjects,
      roleRef: { apiGroup: RBAC, kind: "Role", name: "release-bot" },
    },
  ];
}
