import type { EmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { NAMESPACES } from "../../runtime/embedded/objects/resource-table.ts";
import { clientOver } from "../../runtime/kube/connected-client.ts";
import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import type { Cluster } from "../cluster/connect.ts";
import { renderManifests } from "../manifests/render.ts";
import type { ParamSources } from "../params/complete-params.ts";
import type { PreparedJob } from "../project/prepare.ts";
import { applyManifests } from "../release/apply.ts";
import type { JobObject } from "../runs/history/run-objects.ts";
import { triggerRun } from "../runs/trigger-run.ts";
import { DEFAULT_IMAGE } from "../settings/image.ts";

/** A run in an embedded cluster. */
export interface EmbeddedRun extends ParamSources {
  readonly job: PreparedJob;
  readonly namespace: string;
  readonly dryRun: boolean;
}

/**
 * Deploys a job to an embedded cluster and triggers it, over HTTPS and as `errand deploy` and `errand trigger` do. A job with its own ServiceAccount gets the
 * generated one instead, with the rights that it declares.
 */
export async function deployAndTrigger(cluster: EmbeddedCluster, run: EmbeddedRun): Promise<JobObject> {
  const { job, namespace, param, given, dryRun } = run;
  const { serviceAccountName: _elsewhere, ...definition } = job.definition;
  const manifests = renderManifests({ ...job, definition, namespace, image: DEFAULT_IMAGE });
  const namespaces = namespacesOf(manifests).filter((name) => !cluster.store.get(NAMESPACES, undefined, name));
  cluster.applyObjects(namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  await using connected = connectTo(cluster, namespace);
  await applyManifests(connected.client, manifests);
  return await triggerRun(connected, job.name, { param, given, dryRun, force: false });
}

export function connectTo(cluster: EmbeddedCluster, namespace: string): Cluster {
  const token = { get: () => Promise.resolve(cluster.adminToken) };
  const connection = createConnection({ server: cluster.url, ca: cluster.ca, token, namespace });
  return {
    client: clientOver(connection.send, { namespace }),
    namespace,
    context: "embedded",
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function namespacesOf(manifests: readonly { readonly metadata: { readonly namespace?: string } }[]): string[] {
  return [...new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []))];
}
