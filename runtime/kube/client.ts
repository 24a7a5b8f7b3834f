import type { Access, AccessRule } from "../job/access.ts";
import type { Limits, Scope } from "../job/definition.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import type { Kube } from "./kube.ts";
import type { ClientStats } from "./stats.ts";

/** How a job's client is bounded. */
export interface ClientOptions {
  readonly config: ClusterConfig;
  /** What the guard lets through; everything else is refused before the network. */
  readonly rules: readonly AccessRule[];
  /** Default: the namespace of `config`. */
  readonly scope?: Scope;
  readonly limits?: Limits;
  /** Every mutation carries dryRun=All; what cannot be dry-run is refused. */
  readonly dryRun?: boolean;
  /** The run's deadline: bounds every request and every wait between retries. */
  readonly signal?: AbortSignal;
  /** The service account, as error messages name it. */
  readonly serviceAccount?: string;
  /** Default: `errand`. */
  readonly fieldManager?: string;
  /** Called once when a limit is crossed: the run must stop even if the job catches the error. */
  readonly onLimit?: (error: Error) => void;
}

export interface Client<A extends Access = Access> {
  readonly kube: Kube<A>;
  readonly stats: ClientStats;
  /** Closes the connections; the process can then end by itself. */
  close(): Promise<void>;
}

/** Makes the client that is injected into a job. Opens no connection until the first call. */
export declare function createClient<A extends Access>(options: ClientOptions): Client<A>;
