import type { Access } from "./access.ts";
import type { DurationText } from "./duration.ts";
import type { EgressRule } from "./egress.ts";
import type { Limits } from "./limits.ts";
import type { SecretKey } from "./pod-fields.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** JSON, which is what params and results are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** CPU and memory of the pod, as Kubernetes quantities. */
export interface Resources {
  readonly requests?: { readonly cpu?: string; readonly memory?: string };
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** Where a job may act besides its own namespace. */
export type Scope = "namespace" | "cluster" | { readonly namespaces: readonly string[] };

/** Every field of a job file but `run`: what manifests, checks and the runtime read. */
export interface JobSettings {
  /** One line for people: what the job does. */
  readonly description?: string;
  /** Cron text of five fields; absent means the job runs only when it is triggered. */
  readonly schedule?: string;
  /** IANA name, such as `Europe/Berlin`. Default: `Etc/UTC`. */
  readonly timeZone?: string;
  /** A schema for the parameters (zod is what the documentation shows; any Standard Schema works). */
  readonly params?: StandardSchema;
  /** Names of params whose values appear nowhere: not in the log, the report or an error. */
  readonly secretParams?: readonly string[];
  /** A schema that the result must satisfy before it is reported. */
  readonly result?: StandardSchema;
  readonly access: Access;
  /** Default: the pod's own namespace. */
  readonly scope?: Scope;
  /** How many objects a run may change, by verb. */
  readonly limits?: Limits;
  /**
   * true: the job may delete what takes others along: namespaces, definitions of custom resources, workloads, custom resources. false: of workloads and custom resources
   * only with `propagationPolicy: "Orphan"`. One of both is needed where `access` has such a deletion.
   */
  readonly cascades?: boolean;
  /** false: the first pass as a server-side dry run is left out, and the real run stops when a limit is reached. Default: true where limits are set. */
  readonly rehearse?: boolean;
  /** The whole run's time, rehearsal and retried requests included. Default: `10m`. */
  readonly timeout?: DurationText;
  /** How often a failed run is tried again, from 0 to 10. Default: 0. */
  readonly retries?: number;
  /** What happens when a run is due while another is active. Default: `forbid`. */
  readonly concurrency?: "forbid" | "allow" | "replace";
  readonly resources?: Resources;
  /** How many finished runs Kubernetes keeps. Default: 3 successes, 5 failures. */
  readonly history?: { readonly successes?: number; readonly failures?: number };
  /** The ServiceAccount to run as instead of the generated one; its rights are then yours to give. */
  readonly serviceAccountName?: string;
  /** Variables of the job's container, in `process.env`. For what nobody else may read there is `secrets`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keys of Secrets in the job's namespace, by the names that the context gives them: `{ token: "billing/token" }`. Their values appear nowhere. */
  readonly secrets?: Readonly<Record<string, SecretKey>>;
  /** Where the pod may connect to, besides DNS and the API server. Absent: anywhere; `[]`: nowhere else. */
  readonly egress?: readonly EgressRule[];
  /** true: whoever reaches the pod may read the run in numbers at port 8080, path `/metrics`, for Prometheus. Default: false. */
  readonly metrics?: boolean;
  /** A change of the pod template, for what has no field of its own. */
  readonly pod?: object;
}

export const DEFAULT_TIMEOUT = "10m";
export const DEFAULT_RETRIES = 0;
export const MAX_RETRIES = 10;
export const DEFAULT_TIME_ZONE = "Etc/UTC";

/** A job file's default export, as `defineJob` returns it. */
export interface JobDefinition<Context = never> extends JobSettings {
  /** Marks a value that went through `defineJob`. */
  readonly kind: "errand/job";
  readonly run: (context: Context) => unknown;
}
