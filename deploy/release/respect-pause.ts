import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { FIELD_MANAGER, ifFound } from "../cluster/connect.ts";
import type { Manifest } from "../manifests/manifest.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { hasSchedule, pausedSince } from "../runs/pause.ts";

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
