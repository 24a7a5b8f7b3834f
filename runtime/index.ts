// The package's public entry for job files. Nothing here reaches the cluster, so that a job can do so only through what it declares.
import type { Access, Verb } from "./job/access.ts";
import type { JobDefinition, JobSettings, OutputOf, Scope, StandardSchema } from "./job/definition.ts";
import type { HttpHost } from "./job/http-hosts.ts";
import type { SecretKey } from "./job/pod-fields.ts";
import type { BuiltinObjects, BuiltinVerbs } from "./kube/generated/builtin.ts";
import type { CustomObjects } from "./kube/surface/objects.ts";
import type { PodPatch } from "./kube/surface/pod-patch.ts";
import type { RunContext } from "./run/lifecycle/job.ts";

/** The keys of `access`: built-in resources, their subresources, custom ones with their group, and paths such as `/metrics`. */
type AccessWord = keyof BuiltinObjects | `${keyof BuiltinObjects}/${string}` | `${string}.${string}` | `/${string}`;

/** Shown by editors for an unknown key of `access`. */
type UnknownResource = "not a built-in resource; write a custom one with its group";

type Checked<A extends Access> = { readonly [Key in keyof A]: Key extends AccessWord ? A[Key] : UnknownResource };

type Rule<V extends Verb = Verb> = readonly V[] | { readonly verbs: readonly V[]; readonly names?: readonly string[] };

/** The known resources and subresources with their verbs, for completion in editors. */
type KnownAccess = { readonly [Key in keyof BuiltinVerbs]?: Rule<BuiltinVerbs[Key]> } & {
  readonly [Key in keyof CustomObjects]?: Rule;
};

type SecretKeys = Readonly<Record<string, SecretKey>>;

/** A job file's default export before `defineJob` marks it. */
export type JobInput<
  A extends Access,
  P extends StandardSchema,
  S extends Scope | undefined = undefined,
  Secrets extends SecretKeys = SecretKeys,
  Hosts extends readonly HttpHost[] | undefined = undefined,
> = Omit<JobSettings, "access" | "params" | "scope" | "secrets" | "http" | "pod"> & {
  readonly access: A & Checked<A>;
  readonly params?: P;
  readonly scope?: S;
  readonly secrets?: Secrets;
  readonly http?: Hosts;
  readonly pod?: PodPatch;
  /** The work. The returned value must be JSON and becomes the run's result. */
  readonly run: (context: RunContext<A, OutputOf<P>, S, keyof Secrets & string, Hosts>) => unknown;
};

/**
 * Defines a job: the default export of a job file.
 *
 * @example
 * export default defineJob({
 *   access: { pods: ["list"] },
 *   async run({ kube }) {
 *     return { pods: (await kube.pods.list().toArray()).length };
 *   },
 * });
 */
export function defineJob<
  const A extends KnownAccess & Readonly<Record<string, Rule>>,
  P extends StandardSchema = StandardSchema<Record<string, never>>,
  const S extends Scope | undefined = undefined,
  const Secrets extends SecretKeys = Readonly<Record<never, never>>,
  const Hosts extends readonly HttpHost[] | undefined = undefined,
>(
  definition: JobInput<A, P, S, Secrets, Hosts>,
): JobDefinition<RunContext<A, OutputOf<P>, S, keyof Secrets & string, Hosts>> {
  const { scope, http, ...settings } = definition;
  const optional = { ...(scope === undefined ? {} : { scope }), ...(http === undefined ? {} : { http }) };
  return { ...settings, ...optional, kind: "errand/job" };
}

export type { HttpInit } from "./http/call.ts";
export type { Http } from "./http/http.ts";
export { HttpError } from "./http/http-error.ts";
export type { Access, Verb } from "./job/access.ts";
export {
  FatalError,
  type JobDefinition,
  type JobSettings,
  type Json,
  type Resources,
  type Scope,
} from "./job/definition.ts";
export { DURATION_PATTERN, formatDuration, parseDuration } from "./job/duration.ts";
export type { HttpHost } from "./job/http-hosts.ts";
export type { Limit, Limits } from "./job/limits.ts";
export type { EgressRule } from "./job/pod-fields.ts";
export { ApiError } from "./kube/errors/api-error.ts";
export {
  DryRunError,
  KubeError,
  LimitExceededError,
  NotDeclaredError,
  OutOfScopeError,
  TransportError,
  WaitTimeoutError,
} from "./kube/errors/kube-error.ts";
export type {
  DeleteOptions,
  Kube,
  ListOptions,
  ObjectOf,
  PatchOptions,
  ResourceClient,
  Target,
} from "./kube/surface/kube.ts";
export type { CustomObjects, KubeObject, ObjectMeta, Returned } from "./kube/surface/objects.ts";
export type { PodPatch } from "./kube/surface/pod-patch.ts";
export * as base64 from "./kube/values/base64.ts";
export * as quantity from "./kube/values/quantity.ts";
export { parseYaml } from "./kube/values/yaml.ts";
export type { RunContext } from "./run/lifecycle/job.ts";
export type { Counter, Gauge, Metrics } from "./run/output/job-metrics.ts";
export type { Logger } from "./run/output/logger.ts";
export type { Report, RunIdentity } from "./run/report/report.ts";
