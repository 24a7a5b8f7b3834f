import type { Access } from "./access.ts";
import type { AlertRules } from "./alerts.ts";
import type { DurationText } from "./duration.ts";
import type { HttpHost } from "./http-hosts.ts";
import type { Limits } from "./limits.ts";
import type { EgressRule, SecretKey } from "./pod-fields.ts";

/** JSON, which is what params and results are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** CPU and memory of the pod, as Kubernetes quantities. */
export interface Resources {
  readonly requests?: { readonly cpu?: string; readonly memory?: string };
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** Where a job may act beside its own namespace. */
export type Scope = "namespace" | "cluster" | { readonly namespaces: readonly string[] };

/** Every field of a job file except `run`: what manifests, checks and the runtime read. */
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
   * true: the job may delete objects whose deletion takes others along: namespaces, CustomResourceDefinitions, workloads, custom resources. false: it may delete workloads and
   * custom resources, but only with `propagationPolicy: "Orphan"`. One of the two is required where `access` allows such a deletion.
   */
  readonly cascades?: boolean;
  /** false: there is no rehearsal as a server-side dry run, and the real run stops when it reaches a limit. Default: true where limits are set. */
  readonly rehearse?: boolean;
  /** The time that the whole run may take, rehearsal and retried requests included. Default: `10m`. */
  readonly timeout?: DurationText;
  /** How often a failed run is retried, from 0 to 10. Default: 0. */
  readonly retries?: number;
  /** What happens when a run is due while another is active. Default: `forbid`. */
  readonly concurrency?: "forbid" | "allow" | "replace";
  readonly resources?: Resources;
  /** How many finished runs Kubernetes keeps. Default: 3 successes, 5 failures. */
  readonly history?: { readonly successes?: number; readonly failures?: number };
  /** The ServiceAccount to run as instead of the generated one; its rights are then yours to give. */
  readonly serviceAccountName?: string;
  /** Variables of the job's container, in `process.env`. Anyone who may read the job can read them; use `secrets` for what nobody else may see. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keys of Secrets in the job's namespace, by the names that the context gives them: `{ token: "billing/token" }`. Their values appear in no log, report or error. */
  readonly secrets?: Readonly<Record<string, SecretKey>>;
  /** Hosts that `http` in the context may call, such as `hooks.slack.com` (port 443), `prometheus.monitoring:9090` or `*.amazonaws.com`. Absent: none. */
  readonly http?: readonly HttpHost[];
  /** Where the pod may connect to, beside DNS and the API server. Absent: anywhere; `[]`: nowhere else. */
  readonly egress?: readonly EgressRule[];
  /** true: anyone who reaches the pod may read the run's metrics at port 8080, path `/metrics`, for Prometheus. Default: false. */
  readonly metrics?: boolean;
  /** When the hub tells somebody about this job; false: never. Default: as soon as it fails, is overdue, hangs, or does what is unusual for it. */
  readonly alerts?: AlertRules | false;
  /** A patch of the pod template, for anything that has no field of its own. */
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

/** Thrown by a job to end its run as `failed` for good: trying again would not help, so Kubernetes does not retry it. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/**
 * The part of Standard Schema that errand calls, so that any schema library works and none is in a bundle unless its job imports it.
 * https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type OutputOf<Schema> = Schema extends StandardSchema<infer _Input, infer Output> ? Output : never;
