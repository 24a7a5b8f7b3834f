/** What a test needs in order to use the cluster. Paths are of the machine that runs the tests. */
export interface ClusterAccess {
  /** Unique on this machine; also the name of the state directory and of the cgroup. */
  readonly name: string;
  /** `https://127.0.0.1:PORT`; the server's certificate is valid for it. */
  readonly server: string;
  /** A kubeconfig of a cluster administrator, with the certificates in it. */
  readonly kubeconfig: string;
  /** A kubectl of the cluster's own version. */
  readonly kubectl: string;
  /** The only node. */
  readonly nodeName: string;
  /** The Node image that pods can use; it is on the node, because there is no registry. */
  readonly nodeImage: string;
  /** The API server's audit log, one JSON event a line. */
  readonly auditLog: string;
  /** Everything the cluster writes, its components' logs in `log/`. Gone after the end. */
  readonly stateDirectory: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    cluster: ClusterAccess;
  }
}
