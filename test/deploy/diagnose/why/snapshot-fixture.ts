import type { RunSnapshot, ScheduleSnapshot } from "../../../../deploy/diagnose/why/cause.ts";
import type { CronJobObject } from "../../../../deploy/runs/find-job.ts";
import { readRun } from "../../../../deploy/runs/history/read-run.ts";
import {
  type EventObject,
  type JobObject,
  lastPod,
  type PodObject,
} from "../../../../deploy/runs/history/run-objects.ts";
import { jobFixture } from "../../runs/history/run-fixture.ts";

/** A run's snapshot as fetchRunSnapshot makes it. */
export function runSnapshot(
  {
    job = jobFixture(),
    pods = [],
    events = [],
  }: { job?: JobObject; pods?: readonly PodObject[]; events?: readonly EventObject[] },
  more: Partial<RunSnapshot> = {},
): RunSnapshot {
  const objects = { job, pods, events };
  return {
    namespace: "shop",
    job: "sweep",
    run: job.metadata.name,
    objects,
    record: readRun(objects),
    pod: lastPod(pods),
    quotas: [],
    role: undefined,
    ...more,
  };
}

/** A CronJob as errand deploys it, with what a test is about. */
export function cronJobFixture(
  spec: Partial<NonNullable<CronJobObject["spec"]>> = {},
  {
    metadata = {},
    status = {},
  }: { metadata?: Partial<CronJobObject["metadata"]>; status?: CronJobObject["status"] } = {},
): CronJobObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name: "sweep",
      namespace: "shop",
      uid: "1",
      resourceVersion: "1",
      creationTimestamp: "2026-03-01T00:00:00Z",
      labels: {
        "app.kubernetes.io/name": "sweep",
        "app.kubernetes.io/managed-by": "errand",
        "app.kubernetes.io/version": "0123456789",
      },
      ...metadata,
    },
    spec: {
      schedule: "0 * * * *",
      timeZone: "Etc/UTC",
      suspend: false,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 1_800,
      failedJobsHistoryLimit: 5,
      jobTemplate: {},
      ...spec,
    },
    status,
  };
}

/** A schedule's snapshot at 10:50, ten minutes before the next run. */
export function scheduleSnapshot(cronJob: CronJobObject, more: Partial<ScheduleSnapshot> = {}): ScheduleSnapshot {
  const now = new Date("2026-03-01T10:50:00Z");
  return { now, namespace: "shop", job: "sweep", cronJob, events: [], active: [], runs: 0, ...more };
}
