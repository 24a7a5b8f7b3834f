import type { Server } from "node:net";
import { join } from "node:path";
import type { ClusterAccess } from "../access.ts";
import type { ClusterPlan } from "../host/protocol.ts";
import { until } from "../until.ts";
import { ApiProbe } from "./api-probe.ts";
import { startContainerRuntime } from "./container-runtime.ts";
import { AUDIT_LOG, startApiServer, startControllers } from "./control-plane.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { startKubelet } from "./kubelet.ts";
import { LAYOUT, LOG_DIRECTORY, NETWORK, NODE_NAME } from "./layout.ts";
import { makeMounts } from "./mounts.ts";
import { makeNetwork, writePodNetwork } from "./network.ts";
import { makeCertificates } from "./pki.ts";
import { relayToApiServer } from "./relay.ts";

/**
 * Creates a cluster in the namespaces of this process.
 *
 * @param plan where it is and what it is made of
 * @param listener the machine's port that leads to the API server
 * @param fail hears when a part ends, now or later
 * @returns how to use it, once the node is ready and has its images
 */
export async function startCluster(
  plan: ClusterPlan,
  listener: Server,
  fail: (error: Error) => void,
): Promise<ClusterAccess> {
  await makeMounts(plan);
  await Promise.all([makeNetwork(), writePodNetwork(), makeCertificates()]);
  const access = accessTo(plan);
  await Promise.all([
    ...(["kube-controller-manager", "kube-scheduler", "kubelet"] as const).map((client) =>
      writeKubeconfig(kubeconfigOf(client), client, `https://${NETWORK.nodeAddress}:${NETWORK.apiPort}`),
    ),
    writeKubeconfig(join(LAYOUT.state, "kubeconfig"), "admin", access.server),
  ]);
  relayToApiServer(listener);
  await Promise.all([startControlPlane(fail), startNode(plan.name, fail)]);
  const probe = await ApiProbe.open();
  await until("the node is ready", () => probe.isNodeReady());
  await until("pods can be created", () => probe.hasDefaultServiceAccount());
  return access;
}

async function startControlPlane(fail: (error: Error) => void): Promise<void> {
  await startApiServer(fail);
  const probe = await ApiProbe.open();
  await until("the API server is ready", () => probe.isServerReady());
  startControllers(kubeconfigOf, fail);
}

async function startNode(cgroupRoot: string, fail: (error: Error) => void): Promise<void> {
  await startContainerRuntime(fail);
  await startKubelet(cgroupRoot, kubeconfigOf("kubelet"), fail);
}

function kubeconfigOf(component: string): string {
  return join(LAYOUT.config, `${component}.kubeconfig`);
}

/** With the machine's paths, because the cluster is used from outside. */
function accessTo(plan: ClusterPlan): ClusterAccess {
  return {
    name: plan.name,
    server: `https://127.0.0.1:${plan.port}`,
    kubeconfig: join(plan.stateDirectory, "kubeconfig"),
    kubectl: join(plan.binaries, "kubectl"),
    nodeName: NODE_NAME,
    nodeImage: plan.nodeImage,
    auditLog: join(plan.stateDirectory, LOG_DIRECTORY, AUDIT_LOG),
    stateDirectory: plan.stateDirectory,
  };
}
