import type { EventObject, JobObject, PodObject } from "../../../../deploy/runs/history/run-objects.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";

const META = { uid: "1", resourceVersion: "1", creationTimestamp: "2026-03-01T10:00:00Z", namespace: "shop" };

/** A Job as errand deploys it, with what a test is about. */
export function jobFixture(status: JobObject["status"] = {}, metadata: Partial<JobObject["metadata"]> = {}): JobObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...META,
      name: "sweep-kt2c4",
      labels: {
        "app.kubernetes.io/name": "sweep",
        "app.kubernetes.io/managed-by": "errand",
        "app.kubernetes.io/version": "0123456789",
      },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "sweep", uid: "1", controller: true }],
      ...metadata,
    },
    spec: { backoffLimitPerIndex: 1, template: {} },
    status: status ?? {},
  };
}

export function endedJob(type: "Complete" | "Failed", reason = "", message = ""): JobObject {
  return jobFixture({ conditions: [{ type, status: "True", reason, message }] });
}

type ContainerState = NonNullable<NonNullable<PodObject["status"]>["containerStatuses"]>[number]["state"];

/** A pod of it, the first attempt unless told otherwise. */
export function podFixture(
  state: ContainerState | undefined,
  {
    failuresBefore = 0,
    status = {},
    metadata = {},
  }: { failuresBefore?: number; status?: PodObject["status"]; metadata?: Partial<PodObject["metadata"]> } = {},
): PodObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...META,
      uid: `pod-${failuresBefore}`,
      name: `sweep-kt2c4-0-${failuresBefore}`,
      labels: { "batch.kubernetes.io/job-name": "sweep-kt2c4" },
      annotations: { "batch.kubernetes.io/job-index-failure-count": String(failuresBefore) },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "sweep-kt2c4", uid: "1", controller: true }],
      ...metadata,
    },
    spec: { containers: [{ name: "job", resources: { limits: { memory: "256Mi" } } }] },
    status: {
      startTime: "2026-03-01T10:00:01Z",
      ...(state === undefined
        ? {}
        : { containerStatuses: [{ name: "job", image: "", imageID: "", ready: false, restartCount: 0, state }] }),
      ...status,
    },
  };
}

/** A container that ended, with what it left in its termination message. */
export function terminated(
  exitCode: number,
  more: { reason?: string; message?: string; signal?: number } = {},
): ContainerState {
  return {
    terminated: { exitCode, startedAt: "2026-03-01T10:00:02Z", finishedAt: "2026-03-01T10:00:09Z", ...more },
  };
}

export function eventFixture(
  reason: string,
  message: string,
  { type = "Warning", uid = "pod-0", count = 1 } = {},
): EventObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { ...META, name: reason },
    reason,
    message,
    type,
    count,
    involvedObject: { uid },
  };
}

/** What the runtime leaves; `running` is what the flight recorder leaves of a killed process. */
export function reportFixture(outcome: Report["outcome"], more: Partial<Report> = {}): Report {
  return {
    apiVersion: "errand/v1",
    kind: "Report",
    job: "sweep",
    namespace: "shop",
    revision: "0123456789",
    run: { id: "sweep-kt2c4", attempt: 1, trigger: "manual" },
    outcome,
    dryRun: false,
    startedAt: "2026-03-01T10:00:03Z",
    mutations: { delete: { pods: 7 } },
    requests: 9,
    retries: 0,
    peakMemoryBytes: 70_000_000,
    ...more,
  };
}
