import type { Access } from "./access.ts";
import type { AlertRules } from "./alerts.ts";
import type { DurationText } from "./duration.ts";
import type { HttpHost } from "./http-hosts.ts";
import type { Limits } from "./limits.ts";
import type { EgressRule, SecretKey } from "./pod-fields.ts";

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Requests and limits of the pod, as Kubernetes quantities. */
export interface Resources {
  readonly requests?: { readonly cpu?: string; readonly memory?: string };
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** The namespaces in which a job may act. */
export type Scope = "namespace" | "cluster" | { readonly namespaces: readonly string[] };

/** Every field of a job file except `run`. */
export interface JobSettings {
  /** What the job does, in one line. */
  readonly description?: string;
  /** Cron expression with five fields. Absent: the job runs only when triggered. */
  readonly schedule?: string;
  /** IANA name, such as `Europe/Berlin`. Default: `Etc/UTC`. */
  readonly timeZone?: string;
  /** Schema of the parameters: zod, or any other Standard Schema. */
  readonly params?: StandardSchema;
  /** Names of secret parameters: their values appear in no log, report or error. */
  readonly secretParams?: readonly string[];
  /** Schema of the result. */
  readonly result?: StandardSchema;
  readonly access: Access;
  /** Default: the pod's own namespace. */
  readonly scope?: Scope;
  /** How many objects a run may change, by verb. */
  readonly limits?: Limits;
  /**
   * true: the job may delete objects whose deletion cascades: namespaces, CustomResourceDefinitions, workloads, custom resources. false: it may delete workloads and
   * custom resources, but only with `propagationPolicy: "Orphan"`. Required if `access` allows such a deletion.
   */
  readonly cascades?: boolean;
  /** false: no rehearsal (a server-side dry run) before the real run, which stops when it reaches a limit. Default: true if limits are set. */
  readonly rehearse?: boolean;
  /** Timeout of the whole run, including rehearsal and retried requests. Default: `10m`. */
  readonly timeout?: DurationText;
  /** How often a failed run is retried, from 0 to 10. Default: 0. */
  readonly retries?: number;
  /** What to do if a run is due while another is active. Default: `forbid`. */
  readonly concurrency?: "forbid" | "allow" | "replace";
  readonly resources?: Resources;
  /** How many finished runs to keep. Default: 3 successes, 5 failures. */
  readonly history?: { readonly successes?: number; readonly failures?: number };
  /** The ServiceAccount to run as, instead of a generated one; you then grant its rights yourself. */
  readonly serviceAccountName?: string;
  /** Environment variables of the job's container. Anyone who can read the job can read them; use `secrets` for secret values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keys of Secrets in the job's namespace, by their names in the context: `{ token: "billing/token" }`. Their values appear in no log, report or error. */
  readonly secrets?: Readonly<Record<string, SecretKey>>;
  /** Hosts that `http` in the context may call, such as `hooks.slack.com` (port 443), `prometheus.monitoring:9090` or `*.amazonaws.com`. Absent: none. */
  readonly http?: readonly HttpHost[];
  /** Allowed destinations besides DNS and the API server. Absent: anywhere; `[]`: none. */
  readonly egress?: readonly EgressRule[];
  /** true: anyone who can reach the pod may read the run's Prometheus metrics on port 8080 at `/metrics`. Default: false. */
  readonly metrics?: boolean;
  /** How long the status endpoint stays up after the run, for a scraper to read its last metrics: `30s`. At most `10m`. SIGTERM ends it early. Default: not at all, as after a run that ended while its job was still at work. */
  readonly linger?: DurationText;
  /** When the hub sends alerts about this job; false: never. Default: if it fails, is overdue, hangs, or behaves unusually. */
  readonly alerts?: AlertRules | false;
  /** A patch of the pod template, for everything without its own field. */
  readonly pod?: object;
}

export const DEFAULT_TIMEOUT = "10m";
export const DEFAULT_RETRIES = 0;
export const MAX_RETRIES = 10;
export const DEFAULT_TIME_ZONE = "Etc/UTC";

/** The result of `defineJob`: a job file's default export. */
export interface JobDefinition<Context = never> extends JobSettings {
  /** Marks a value from `defineJob`. */
  readonly kind: "errand/job";
  readonly run: (context: Context) => unknown;
}

/** Thrown by a job to end its run as `failed` without retries, because they would not help. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/**
 * The part of Standard Schema that errand calls. Any schema library works, and only a job that imports one has it in its bundle.
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
