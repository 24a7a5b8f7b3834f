import type { ClusterAccess } from "../access.ts";

/** Where a cluster is and what it is made of; the supervisor tells it to the process inside. */
export interface ClusterPlan {
  /** Unique on this machine. */
  readonly name: string;
  /** Everything that is written to disk goes below it. */
  readonly stateDirectory: string;
  /** The directory of the programs. */
  readonly binaries: string;
  /** The directory of the OCI archives to import. */
  readonly images: string;
  /** The Node image's name, as pods say it. */
  readonly nodeImage: string;
  /** The port on the machine's loopback that leads to the API server. */
  readonly port: number;
}

/** What the supervisor is asked for: the rest of the plan is its own to decide. */
export type ClusterOrder = Pick<ClusterPlan, "binaries" | "images" | "nodeImage"> & {
  /** `runner`: the cluster ends with the process that asked for it. `detached`: it stays until the supervisor is told to end. */
  readonly lifetime: "runner" | "detached";
};

/** What goes from inside the cluster to the supervisor, and on to whoever asked for the cluster. */
export type ClusterNews =
  | { readonly kind: "ready"; readonly access: ClusterAccess }
  | { readonly kind: "failed"; readonly message: string };
