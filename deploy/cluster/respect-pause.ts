import type { Manifest } from "../manifests/manifest.ts";
import { pausedSince } from "../operate/pause.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import type { ClusterApi } from "./cluster-api.ts";
import { referenceOf } from "./resource-path.ts";

/** Manifests that leave a pause alone. */
export interface PauseAware {
  readonly manifests: readonly Manifest[];
  /** Since when the job is paused, RFC 3339; undefined where it is not. */
  readonly paused: string | undefined;
}

/**
 * Leaves `suspend` out of the CronJob of a paused job: who paused it owns the field, and a deploy is no reason to start a schedule that somebody
 * has stopped.
 */
export async function respectPause(api: ClusterApi, manifests: readonly Manifest[]): Promise<PauseAware> {
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const deployed = cronJob && (await api.get<CronJobObject>(referenceOf(cronJob)));
  const paused = deployed && pausedSince(deployed);
  return paused === undefined ? { manifests, paused } : { manifests: manifests.map(withoutSuspend), paused };
}

function withoutSuspend(manifest: Manifest): Manifest {
  const { spec } = manifest;
  if (manifest.kind !== "CronJob" || typeof spec !== "object" || spec === null) return manifest;
  const { suspend: _suspend, ...rest } = spec as Readonly<Record<string, unknown>>;
  return { ...manifest, spec: rest };
}
