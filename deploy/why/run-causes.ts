import { type Finding, findCause } from "./finding.ts";
import { cancelled } from "./run-causes/cancelled.ts";
import { evicted } from "./run-causes/evicted.ts";
import { forbidden } from "./run-causes/forbidden.ts";
import { imageUnavailable } from "./run-causes/image-unavailable.ts";
import { initContainer } from "./run-causes/init-container.ts";
import { missingVolume } from "./run-causes/missing-volume.ts";
import { nodeLost } from "./run-causes/node-lost.ts";
import { outOfMemory } from "./run-causes/out-of-memory.ts";
import { podRefused } from "./run-causes/pod-refused.ts";
import { probeFailed } from "./run-causes/probe-failed.ts";
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
  probeFailed,
  timedOut,
  reported,
  waiting,
] as const;

export type RunFinding = Finding<(typeof RUN_CAUSES)[number]["name"]>;

/** Finds why a run stands as it does; undefined where it runs, or has succeeded. */
export function explainRun(snapshot: RunSnapshot): RunFinding | undefined {
  return findCause<RunFinding["cause"], RunSnapshot>(RUN_CAUSES, snapshot);
}
