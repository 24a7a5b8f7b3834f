import { onTestFinished } from "vitest";
import {
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  startEmbeddedCluster,
} from "../../../runtime/embedded/embedded-cluster.ts";
import { send } from "../../conformance/api.ts";
import type { CaseRequest } from "../../conformance/case.ts";

/** A cluster of the test's own, which ends with it. */
export async function startCluster(options?: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  const cluster = await startEmbeddedCluster(options);
  onTestFinished(() => cluster.close());
  return cluster;
}

/** Sends a request as the administrator, or with another token. */
export async function call(cluster: EmbeddedCluster, request: CaseRequest, token = cluster.adminToken) {
  const answer = await send({ url: cluster.url, ca: cluster.ca, admin: { token } }, new Map(), request);
  return { ...answer, body: answer.text.startsWith("{") ? JSON.parse(answer.text) : undefined };
}

/** A ConfigMap of the namespace `team`. */
export function configMap(name: string, more: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "team", ...more } };
}

export const CONFIG_MAPS = "/api/v1/namespaces/team/configmaps";
