import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { flags, startComponent } from "./components.ts";
import { LAYOUT, NETWORK } from "./layout.ts";
import { pkiFile } from "./pki.ts";

/** The audit log's name in the log directory. */
export const AUDIT_LOG = "audit.log";

const ETCD = "http://127.0.0.1:2379";

/**
 * Every request's metadata once it is answered. What components do all the time by themselves, renewing leases and
 * watching, would only make the log long to read.
 */
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    {
      level: "None",
      namespaces: ["kube-system", "kube-node-lease"],
      resources: [{ group: "coordination.k8s.io", resources: ["leases"] }],
    },
    {
      level: "None",
      users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"],
      verbs: ["get", "list", "watch"],
    },
    { level: "Metadata" },
  ],
};

/**
 * Starts etcd and the API server.
 *
 * @param fail hears when one of them ends
 */
export async function startApiServer(fail: (error: Error) => void): Promise<void> {
  const policy = join(LAYOUT.config, "audit-policy.json");
  await writeFile(policy, JSON.stringify(AUDIT_POLICY));
  const etcd = {
    "data-dir": "/var/lib/etcd",
    "log-level": "error",
    // It need not survive a power cut, and waiting for the disk is most of what it would do.
    "unsafe-no-fsync": true,
  } as const;
  startComponent("etcd", flags(etcd), fail);
  const apiServer = {
    "etcd-servers": ETCD,
    "bind-address": "0.0.0.0",
    "secure-port": NETWORK.apiPort,
    "advertise-address": NETWORK.nodeAddress,
    "endpoint-reconciler-type": "none",
    "service-cluster-ip-range": NETWORK.serviceRange,
    "authorization-mode": "Node,RBAC",
    "allow-privileged": "true",
    "tls-cert-file": pkiFile("kube-apiserver", "crt"),
    "tls-private-key-file": pkiFile("kube-apiserver", "key"),
    "client-ca-file": pkiFile("ca", "crt"),
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": pkiFile("service-accounts", "crt"),
    "service-account-signing-key-file": pkiFile("service-accounts", "key"),
    "kubelet-client-certificate": pkiFile("apiserver-to-kubelet", "crt"),
    "kubelet-client-key": pkiFile("apiserver-to-kubelet", "key"),
    // There is no DNS that would know the node's name.
    "kubelet-preferred-address-types": "InternalIP",
    "audit-policy-file": policy,
    "audit-log-path": join("/var/log", AUDIT_LOG),
    // In MB, and never reached: tests read the log as one file.
    "audit-log-maxsize": 4096,
  } as const;
  startComponent("kube-apiserver", flags(apiServer), fail);
}

/**
 * Starts the controller manager and the scheduler; the API server has to be ready, since they end without it.
 *
 * @param kubeconfigOf finds a component's kubeconfig
 * @param fail hears when one of them ends
 */
export function startControllers(kubeconfigOf: (name: string) => string, fail: (error: Error) => void): void {
  const controllerManager = {
    kubeconfig: kubeconfigOf("kube-controller-manager"),
    "service-account-private-key-file": pkiFile("service-accounts", "key"),
    "root-ca-file": pkiFile("ca", "crt"),
    "use-service-account-credentials": true,
    "leader-elect": "false",
  } as const;
  startComponent("kube-controller-manager", flags(controllerManager), fail);
  const scheduler = kubeconfigOf("kube-scheduler");
  const schedulerFlags = {
    kubeconfig: scheduler,
    "authentication-kubeconfig": scheduler,
    "authorization-kubeconfig": scheduler,
    "leader-elect": "false",
  } as const;
  startComponent("kube-scheduler", flags(schedulerFlags), fail);
}
