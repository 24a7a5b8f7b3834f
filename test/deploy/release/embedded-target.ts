import { onTestFinished } from "vitest";
import { ifFound } from "../../../deploy/cluster/connect.ts";
import { jobSelector, NAMESPACE_LABEL, REVISION_LABEL } from "../../../deploy/manifests/manifest.ts";
import type { PreparedJob } from "../../../deploy/project/prepare.ts";
import type { DeployTarget } from "../../../deploy/release/deploy-jobs.ts";
import { APPLIED_ANNOTATION, readSets } from "../../../deploy/release/revisions/record-deploy.ts";
import { settingsOfJob } from "../../../deploy/settings/resolve-settings.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import type { JobDefinition, JobSettings } from "../../../runtime/job/definition.ts";
import { clientOver, type KubeClient } from "../../../runtime/kube/connected-client.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import type { Send } from "../../../runtime/kube/requests/request.ts";
import type { KubeObject } from "../../../runtime/kube/surface/objects.ts";
import { renderInput } from "../manifests/render-input.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
const SHA_256 = /[0-9a-f]{64}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const KINDS = [
  ["v1", "ServiceAccount"],
  [RBAC, "ClusterRole"],
  [RBAC, "ClusterRoleBinding"],
  [RBAC, "Role"],
  [RBAC, "RoleBinding"],
  ["v1", "ConfigMap"],
  ["batch/v1", "CronJob"],
] as const;

/** An embedded cluster of the test's own with some namespaces, and a connection to it as its administrator. */
export async function embeddedTarget(...namespaces: readonly string[]): Promise<{
  readonly cluster: EmbeddedCluster;
  /** @param through what the requests go through on their way */
  readonly targetIn: (namespace: string, through?: (send: Send) => Send) => DeployTarget;
}> {
  const cluster = await startEmbeddedCluster();
  const token = { get: () => Promise.resolve(cluster.adminToken) };
  const connection = createConnection({ server: cluster.url, ca: cluster.ca, token, namespace: "default" });
  onTestFinished(async () => {
    await connection.close();
    await cluster.close();
  });
  cluster.applyObjects(namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  const targetIn = (namespace: string, through: (send: Send) => Send = (send) => send): DeployTarget => ({
    client: clientOver(through(connection.send), { namespace: "default" }),
    namespace,
    context: "embedded",
  });
  return { cluster, targetIn };
}

/** A job with a bundle of a few bytes. */
export function preparedJob(name: string, settings: JobSettings, hash = "0123456789"): PreparedJob {
  const { bundle, rules } = renderInput(name, settings);
  const size = { shippedBytes: 4, shares: [] };
  const definition: JobDefinition = { kind: "errand/job", ...settings, run: () => {} };
  const made = { ...bundle, hash, size, inputs: [], warnings: [] };
  return {
    file: `/jobs/${name}.ts`,
    name,
    definition,
    rules,
    external: [],
    bundle: made,
    settings: settingsOfJob(settings),
    origins: [],
  };
}

/** Everything that belongs to a job of one namespace, without what differs from one deploy of it to the next, and without the namespace's name. */
export async function stateOf({ client, namespace }: DeployTarget, job: string): Promise<readonly string[]> {
  // Of many namespaces only this one's: what has its name as a label, wherever it is, and what stands in it without that.
  const lists = await Promise.all(
    KINDS.flatMap(([apiVersion, kind]) => [
      client
        .resource<KubeObject>({ apiVersion, kind }, "all")
        .list({ labelSelector: `${jobSelector(job)},${NAMESPACE_LABEL}=${namespace}` })
        .toArray(),
      client
        .resource<KubeObject>({ apiVersion, kind }, { namespace })
        .list({ labelSelector: `${jobSelector(job)},!${NAMESPACE_LABEL}` })
        .toArray(),
    ]),
  );
  return lists
    .flat()
    .map(({ metadata, ...rest }) => {
      const { name, labels, annotations } = metadata;
      const text = JSON.stringify({
        ...rest,
        metadata: { name, namespace: metadata.namespace, labels, annotations: unpacked(annotations) },
      });
      return text.replaceAll(namespace, "NAMESPACE").replaceAll(TIME, "TIME").replaceAll(SHA_256, "HASH");
    })
    .sort();
}

/** What a packed record holds, so that the namespace in it can be replaced too. */
function unpacked(annotations: Readonly<Record<string, string>> = {}): object {
  const { [APPLIED_ANNOTATION]: applied, ...others } = annotations;
  return applied === undefined ? others : { ...others, [APPLIED_ANNOTATION]: [...readSets(applied).values()] };
}

/** The revision that the CronJob of a job has. */
export async function revisionOf(client: KubeClient, namespace: string, name: string): Promise<string | undefined> {
  const cronJob = await ifFound(client.kube.inNamespace(namespace).cronjobs.get(name));
  return cronJob?.metadata.labels?.[REVISION_LABEL];
}
