import { changedPod, podChanges } from "./changed-pod.ts";
import { cancelled, evicted, forbidden, outOfMemory, reported, sidecarRunning, timedOut } from "./ending-causes.ts";
import { type Finding, findCause, unlessUnreadable } from "./finding.ts";
import type { RunSnapshot } from "./snapshots.ts";
import {
  imageUnavailable,
  initContainer,
  missingVolume,
  nodeLost,
  podRefused,
  pullingImage,
  quotaExceeded,
  unschedulable,
  waiting,
} from "./starting-causes.ts";

/** Why a run does not begin or ended so, what explains more first. */
const RUN_CAUSES = [
  sidecarRunning,
  cancelled,
  quotaExceeded,
  podRefused,
  nodeLost,
  imageUnavailable,
  initContainer,
  unschedulable,
  missingVolume,
  pullingImage,
  evicted,
  forbidden,
  outOfMemory,
  timedOut,
  changedPod,
  reported,
  waiting,
] as const;

export type RunFinding = Finding<(typeof RUN_CAUSES)[number]["name"]>;

/** Finds why a run stands as it does; undefined where it runs, or has succeeded. Whatever it was, it says what others have changed in its pod. */
export function explainRun(snapshot: RunSnapshot): RunFinding | undefined {
  const finding = findCause<RunFinding["cause"], RunSnapshot>(RUN_CAUSES, snapshot);
  const { pod, objects } = snapshot;
  const changes = unlessUnreadable(() => podChanges(objects.job, pod)) ?? [];
  if (finding === undefined || changes.length === 0) return finding;
  const changed = `pod ${pod?.metadata.name}: a webhook or policy has added or changed ${changes.join(", ")}`;
  return { ...finding, evidence: [...finding.evidence, changed] };
}
