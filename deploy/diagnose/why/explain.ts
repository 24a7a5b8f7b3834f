import type { Cause, Finding, RunSnapshot, ScheduleSnapshot } from "./cause.ts";
import { changedPod, podChanges } from "./changed-pod.ts";
import { cancelled, evicted, forbidden, outOfMemory, reported, sidecarRunning, timedOut } from "./ending-causes.ts";
import { deadlineMissed, jobRefused, notYetDue, onDemand, overlapping, paused, suspended } from "./schedule-causes.ts";
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

/** Why a run does not start, or ended as it did. The first that applies is the answer, so the more specific come first. */
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

/** Finds why a run does not start or ended as it did; undefined if it is running or has succeeded. Also tells what others have changed in its pod. */
export function explainRun(snapshot: RunSnapshot): RunFinding | undefined {
  const finding = findCause<RunFinding["cause"], RunSnapshot>(RUN_CAUSES, snapshot);
  const { pod, objects } = snapshot;
  const changes = unlessUnreadable(() => podChanges(objects.job, pod)) ?? [];
  if (finding === undefined || changes.length === 0) return finding;
  const changed = `pod ${pod?.metadata.name}: a webhook or policy has added or changed ${changes.join(", ")}`;
  return { ...finding, evidence: [...finding.evidence, changed] };
}

/** Why a schedule triggers no run. The first that applies is the answer, so the more specific come first. */
const SCHEDULE_CAUSES = [paused, suspended, onDemand, overlapping, jobRefused, deadlineMissed, notYetDue] as const;

export type ScheduleFinding = Finding<(typeof SCHEDULE_CAUSES)[number]["name"]>;

/** Finds why a job's schedule triggers no runs; undefined if it works. */
export function explainSchedule(snapshot: ScheduleSnapshot): ScheduleFinding | undefined {
  return findCause<ScheduleFinding["cause"], ScheduleSnapshot>(SCHEDULE_CAUSES, snapshot);
}

/** Returns the first cause that the snapshot shows. */
function findCause<Name extends string, Snapshot>(
  causes: readonly Cause<Name, Snapshot>[],
  snapshot: Snapshot,
): Finding<Name> | undefined {
  for (const { name, find } of causes) {
    const explanation = unlessUnreadable(() => find(snapshot));
    if (explanation !== undefined) return { cause: name, ...explanation };
  }
  return undefined;
}

/** Malformed objects explain nothing, but must not keep another cause from being found. */
function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
