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
 * Asks a cluster which of a job's custom resources belong to a namespace, by one request: a Role grants nothing of those that do not.
 * What the cluster does not serve (yet, or right now) is left as it is, and taken for namespaced.
 *
 * @param onUnserved called with each rule of that kind, and why
 */
export async function withScopes<J extends { readonly rules: readonly AccessRule[] }>(
  client: Pick<KubeClient, "find">,
  job: J,
  onUnserved: OnUnserved = () => {},
): Promise<J> {
  if (!job.rules.some(isScopeUnknown)) return job;
  // At once, so that all that are missing are looked for once more by one request.
  const rules = job.rules.map((rule) => (isScopeUnknown(rule) ? scoped(client, rule, onUnserved) : rule));
  return { ...job, rules: await Promise.all(rules) };
}

/** It may be a spelling mistake, the server that answers for its group may be away, and it may be that a CustomResourceDefinition is installed after the jobs that use it. */
export function describeUnserved({ key, group, resource }: AccessRule, error?: Error): string {
  if (isGroupAway(error)) {
    return `access: ${key}: the API group ${group} is not available right now; its resources are taken for namespaced
Its own server is away: until it is back, each call of it fails: kubectl get apiservices | grep ${group}`;
  }
  const builtin = builtinResources().map((each) => `${each.resource}.${each.group}`);
  const closest = closestWord(`${resource}.${group}`, builtin);
  const meant = closest === undefined ? "" : `; did you mean "${closest}"?`;
  return `access: ${key}: this cluster does not serve it${meant}
Until its CustomResourceDefinition is installed, each call of it fails: kubectl api-resources --api-group=${group} does not list it.`;
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

/** True where discovery says that the server is away that answers for an API group. */
function isGroupAway(error: unknown): error is TransportError {
  return error instanceof TransportError && error.code === API_UNAVAILABLE;
}

/** Manifests that leave a stopped schedule alone. */
export interface PauseAware {
  readonly manifests: readonly Manifest[];
  /** Since when the job is paused, RFC 3339; undefined where it is not. */
  readonly paused: string | undefined;
  /** The field manager that has suspended its CronJob in another way, such as `kubectl-patch`; undefined where none has. */
  readonly suspendedBy?: string | undefined;
  /** What is deployed now; undefined where nothing is. */
  readonly deployed?: CronJobObject | undefined;
}

/**
 * Leaves `suspend` out of the CronJob of a job that is paused, or that somebody has suspended otherwise, such as by kubectl: who did it owns the field, and a
 * deploy is no reason to start a schedule that somebody has stopped.
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

/** What a person is told of it; undefined where the schedule goes on. */
export function describePause({ paused, suspendedBy }: Omit<PauseAware, "manifests">, job: string, namespace: string) {
  if (paused === undefined && suspendedBy === undefined) return undefined;
  const how = paused === undefined ? `suspended (by ${suspendedBy})` : `paused (since ${paused})`;
  return `${job} stays ${how}; to restart its schedule: errand resume ${job} -n ${namespace}`;
}

/** A CronJob without a schedule is suspended by errand itself. */
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
