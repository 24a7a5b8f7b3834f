import type { ClusterAccess } from "../access.ts";

/** The paths and parts of a cluster, passed from the supervisor to the process inside. */
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

/** The request to the supervisor, which decides the rest of the plan. */
export type ClusterOrder = Pick<ClusterPlan, "binaries" | "images" | "nodeImage"> & {
  /** `runner`: the cluster stops with the process that started it. `detached`: it runs until the supervisor is stopped. */
  readonly lifetime: "runner" | "detached";
};

/** Messages from inside the cluster to the supervisor, and on to the process that started the cluster. */
export type ClusterNews =
  | { readonly kind: "ready"; readonly access: ClusterAccess }
  | { readonly kind: "failed"; readonly message: string };
