import type { AccessRule } from "../../runtime/job/access.ts";
import { isRecord } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { builtinResources } from "../../runtime/kube/catalog/builtin.ts";
import { API_UNAVAILABLE } from "../../runtime/kube/catalog/discovery.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import { type Cluster, FIELD_MANAGER, ifFound } from "../cluster/connect.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { isScopeUnknown } from "../manifests/rbac.ts";
import { renderManifests } from "../manifests/render.ts";
import type { PreparedJob } from "../project/prepare.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { hasSchedule, pausedSince } from "../runs/pause.ts";
import { recordDeploy } from "./revisions/record-deploy.ts";

/** A job's manifests as a deploy applies them to one namespace of one cluster. */
export interface FittedManifests extends PauseAware {
  /** One for each resource that the cluster does not serve. */
  readonly warnings: readonly string[];
}

/** Renders a job's manifests for a cluster: with its scopes, the record of what was deployed before, and whether the schedule is paused. */
export async function fitManifests(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  job: PreparedJob,
  now: Date,
): Promise<FittedManifests> {
  const warnings: string[] = [];
  const known = await withScopes(client, job, (rule, error) =>
    warnings.push(`${job.name}: ${describeUnserved(rule, error)}`),
  );
  const rendered = renderManifests({ ...known, namespace });
  const recorded = await recordDeploy(client, { name: job.name, namespace, revision: job.bundle.hash }, rendered, now);
  return { ...(await respectPause(client, recorded)), warnings };
}

type OnUnserved = (rule: AccessRule, error: Error) => void;

/**
 * Asks a cluster, with one request, which of a job's custom resources are namespaced: a Role grants nothing on those that are not.
 * What the cluster does not serve (yet, or right now) is assumed to be namespaced.
 *
 * @param onUnserved called with each such rule, and why
 */
export async function withScopes<J extends { readonly rules: readonly AccessRule[] }>(
  client: Pick<KubeClient, "find">,
  job: J,
  onUnserved: OnUnserved = () => {},
): Promise<J> {
  if (!job.rules.some(isScopeUnknown)) return job;
  // All at once, so that one more request looks again for all that are missing.
  const rules = job.rules.map((rule) => (isScopeUnknown(rule) ? scoped(client, rule, onUnserved) : rule));
  return { ...job, rules: await Promise.all(rules) };
}

/** Says why a resource may not be served: a spelling mistake, a server of its group that is down, or a CustomResourceDefinition that is installed later than the job. */
export function describeUnserved({ key, group, resource }: AccessRule, error?: Error): string {
  if (isGroupAway(error)) {
    return `access: ${key}: the API group ${group} is not available right now; its resources are assumed to be namespaced
Its API server is down, and calls fail until it is back: kubectl get apiservices | grep ${group}`;
  }
  const builtin = builtinResources().map((each) => `${each.resource}.${each.group}`);
  const closest = closestWord(`${resource}.${group}`, builtin);
  const meant = closest === undefined ? "" : `; did you mean "${closest}"?`;
  return `access: ${key}: this cluster does not serve it${meant}
Calls fail until its CustomResourceDefinition is installed: kubectl api-resources --api-group=${group} does not list it.`;
}

async function scoped(client: Pick<KubeClient, "find">, rule: AccessRule, onUnserved: OnUnserved): Promise<AccessRule> {
  try {
    const { namespaced } = await client.find({ group: rule.group, resource: rule.resource });
    return { ...rule, namespaced };
  } catch (error) {
    if (!(error instanceof RangeError) && !isGroupAway(error)) throw error;
    onUnserved(rule, error);
    return rule;
  }
}

/** True where discovery says that an API group's own server is down. */
function isGroupAway(error: unknown): error is TransportError {
  return error instanceof TransportError && error.code === API_UNAVAILABLE;
}

/** Manifests that leave a paused schedule paused. */
export interface PauseAware {
  readonly manifests: readonly Manifest[];
  /** When the job was paused, RFC 3339; undefined where it is not. */
  readonly paused: string | undefined;
  /** The field manager that suspended the CronJob without errand, such as `kubectl-patch`; undefined where none did. */
  readonly suspendedBy?: string | undefined;
  /** The deployed CronJob; undefined where there is none. */
  readonly deployed?: CronJobObject | undefined;
}

/**
 * Leaves `suspend` out of the CronJob of a job that is paused, or that somebody suspended without errand, such as with kubectl: whoever did so owns the field, and
 * a deploy must not resume a schedule that somebody stopped.
 */
export async function respectPause(client: KubeClient, manifests: readonly Manifest[]): Promise<PauseAware> {
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const { name, namespace = "" } = cronJob?.metadata ?? {};
  const deployed =
    name === undefined ? undefined : await ifFound(client.kube.inNamespace(namespace).cronjobs.get(name));
  const paused = deployed && pausedSince(deployed);
  if (paused !== undefined) return { manifests: manifests.map(withoutSuspend), paused, deployed };
  const suspendedBy = deployed && suspender(deployed);
  return suspendedBy === undefined
    ? { manifests, paused, deployed }
    : { manifests: manifests.map(withoutSuspend), paused, suspendedBy, deployed };
}

/** Tells a person that the schedule stays paused; undefined where it is not. */
export function describePause({ paused, suspendedBy }: Omit<PauseAware, "manifests">, job: string, namespace: string) {
  if (paused === undefined && suspendedBy === undefined) return undefined;
  const how = paused === undefined ? `suspended (by ${suspendedBy})` : `paused (since ${paused})`;
  return `${job} stays ${how}; to restart its schedule: errand resume ${job} -n ${namespace}`;
}

/** The field manager that suspended a CronJob. One without a schedule is suspended by errand itself. */
function suspender(cronJob: CronJobObject): string | undefined {
  if (!cronJob.spec?.suspend || !hasSchedule(cronJob)) return undefined;
  const owners = (cronJob.metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    const spec = isRecord(fieldsV1) ? fieldsV1["f:spec"] : undefined;
    return isRecord(spec) && Object.hasOwn(spec, "f:suspend");
  });
  if (owners.some(({ manager }) => manager === FIELD_MANAGER)) return undefined;
  return owners[0]?.manager ?? "somebody";
}

function withoutSuspend(manifest: Manifest): Manifest {
  const { spec } = manifest;
  if (manifest.kind !== "CronJob" || typeof spec !== "object" || spec === null) return manifest;
  const { suspend: _suspend, ...rest } = spec as Readonly<Record<string, unknown>>;
  return { ...manifest, spec: rest };
}
