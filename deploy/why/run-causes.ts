import { type Finding, findCause, unlessUnreadable } from "./finding.ts";
import { cancelled } from "./run-causes/cancelled.ts";
import { changedPod, podChanges } from "./run-causes/changed-pod.ts";
import { evicted } from "./run-causes/evicted.ts";
import { forbidden } from "./run-causes/forbidden.ts";
import { imageUnavailable } from "./run-causes/image-unavailable.ts";
import { initContainer } from "./run-causes/init-container.ts";
import { missingVolume } from "./run-causes/missing-volume.ts";
import { nodeLost } from "./run-causes/node-lost.ts";
import { outOfMemory } from "./run-causes/out-of-memory.ts";
import { podRefused } from "./run-causes/pod-refused.ts";
import { quotaExceeded } from "./run-causes/quota-exceeded.ts";
import { reported } from "./run-causes/reported.ts";
import { sidecarRunning } from "./run-causes/sidecar-running.ts";
import { timedOut } from "./run-causes/timed-out.ts";
import { unschedulable } from "./run-causes/unschedulable.ts";
import { waiting } from "./run-causes/waiting.ts";
import type { RunSnapshot } from "./snapshots.ts";

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
