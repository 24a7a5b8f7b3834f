/**
 * Paths as the processes inside the cluster's mount namespace see them. They are the same for every cluster, because each
 * sees its own files there; the programs' built-in paths (/run/containerd, /var/lib/kubelet, /var/log/pods) are right too.
 */
export const LAYOUT = {
  /** The cluster's state directory. */
  state: "/mnt",
  /** The programs. */
  binaries: "/mnt/bin",
  /** The OCI archives. */
  images: "/mnt/images",
  /** Certificates and keys. */
  pki: "/mnt/pki",
  /** Configuration files and kubeconfigs. */
  config: "/mnt/config",
  /** The configuration of the pods' network, alone: the container runtime takes every file there for one. */
  podNetwork: "/mnt/config/pod-network",
} as const;

/** What the components' logs and the audit log are called below the state directory, and inside below /var. */
export const LOG_DIRECTORY = "log";

/** Addresses in the cluster's network namespace. */
export const NETWORK = {
  /** The node; the bridge that pods are attached to has it. */
  nodeAddress: "10.88.0.1",
  podRange: "10.88.0.0/16",
  firstPodAddress: "10.88.1.1",
  /** The Service `kubernetes`: the first address of the Services' range. */
  apiAddress: "10.96.0.1",
  serviceRange: "10.96.0.0/16",
  apiPort: 443,
} as const;

/** The only node's name. */
export const NODE_NAME = "node-1";
