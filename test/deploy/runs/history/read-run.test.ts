import { describe, expect, it } from "vitest";
import { readRun } from "../../../../deploy/runs/history/read-run.ts";
import type { EventObject, PodObject } from "../../../../deploy/runs/history/run-objects.ts";
import { endedJob, eventFixture, jobFixture, podFixture, reportFixture, terminated } from "./run-fixture.ts";

const message = (...args: Parameters<typeof reportFixture>) => JSON.stringify(reportFixture(...args));
const failed = endedJob("Failed", "FailedIndexes");

function readEnd(pod: PodObject | undefined, job = failed, events: readonly EventObject[] = []) {
  return readRun({ job, pods: pod === undefined ? [] : [pod], events }).report;
}

describe("readRun of a run that reported itself", () => {
  it("gives the very report when the termination message holds one", () => {
    const report = reportFixture("succeeded", { result: { deleted: 7 }, finishedAt: "2026-03-01T10:00:08Z" });
    const pod = podFixture(terminated(0, { message: JSON.stringify(report) }));
    expect(readRun({ job: endedJob("Complete"), pods: [pod], events: [] })).toEqual({
      phase: "finished",
      report,
      pod: "sweep-kt2c4-0-0",
    });
  });

  it("gives the report of the last attempt when the run was retried", () => {
    const first = podFixture(terminated(1, { message: message("failed") }));
    const second = podFixture(terminated(0, { message: message("succeeded") }), { failuresBefore: 1 });
    const { report } = readRun({ job: endedJob("Complete"), pods: [second, first], events: [] });
    expect(report.outcome).toBe("succeeded");
  });

  it.each(["succeeded", "invalid", "denied", "limited", "timedOut"] as const)(
    "is finished before the Job controller says so when the report says %s",
    (outcome) => {
      const pod = podFixture(terminated(0, { message: message(outcome) }));
      expect(readRun({ job: jobFixture(), pods: [pod], events: [] }).phase).toBe("finished");
    },
  );

  it("waits for the next attempt when a failure may be retried", () => {
    const pod = podFixture(terminated(1, { message: message("failed") }));
    expect(readRun({ job: jobFixture(), pods: [pod], events: [] })).toMatchObject({
      phase: "waiting",
      waiting: { reason: "BackOff", message: expect.stringContaining("attempt 1 ended as failed") },
    });
  });

  it("is finished when the last retry failed", () => {
    const run = { id: "sweep-kt2c4", attempt: 2, trigger: "manual" } as const;
    const pod = podFixture(terminated(1, { message: message("failed", { run }) }), { failuresBefore: 1 });
    expect(readRun({ job: jobFixture(), pods: [pod], events: [] }).phase).toBe("finished");
  });

  it("is finished when a FatalError ended it, whatever retries are left", () => {
    const error = { reason: "FatalError", message: "no" };
    const pod = podFixture(terminated(65, { message: message("failed", { error }) }));
    expect(readRun({ job: jobFixture(), pods: [pod], events: [] }).phase).toBe("finished");
  });
});

describe("readRun of a run that was ended from outside", () => {
  it("keeps the flight recorder's progress and mutations when the kernel killed it for memory", () => {
    const left = message("running", { progress: { done: 7 } });
    const report = readEnd(podFixture(terminated(137, { reason: "OOMKilled", message: left })));
    expect(report).toMatchObject({
      outcome: "outOfMemory",
      progress: { done: 7 },
      mutations: { delete: { pods: 7 } },
      finishedAt: "2026-03-01T10:00:09Z",
      error: { reason: "OutOfMemory", message: expect.stringContaining("limit 256Mi") },
    });
  });

  it.each([134, 139])("says outOfMemory when Node aborted with %i near its memory limit", (exitCode) => {
    const left = message("running", { peakMemoryBytes: 200_000_000 });
    expect(readEnd(podFixture(terminated(exitCode, { message: left }))).outcome).toBe("outOfMemory");
  });

  it("says killed when Node aborted with memory to spare", () => {
    const report = readEnd(podFixture(terminated(134, { message: message("running") })));
    expect(report).toMatchObject({ outcome: "killed", error: { reason: "SIGABRT" } });
  });

  it("says killed and by which signal when it got SIGKILL", () => {
    const report = readEnd(podFixture(terminated(137, { message: message("running") })));
    expect(report).toMatchObject({ outcome: "killed", error: { reason: "SIGKILL" }, requests: 9 });
  });

  it("says timedOut, with the last progress, when the kubelet killed it at its pod's deadline", () => {
    const pod = podFixture(terminated(137, { message: message("running", { progress: { done: 3 } }) }), {
      status: { reason: "DeadlineExceeded" },
    });
    expect(readEnd(pod)).toMatchObject({
      outcome: "timedOut",
      progress: { done: 3 },
      error: { reason: "DeadlineExceeded", message: expect.stringContaining("its event loop was blocked") },
    });
  });

  it("says timedOut when all that the process heard of its pod's deadline was SIGTERM", () => {
    const reported = terminated(143, { message: message("cancelled", { progress: { done: 3 } }) });
    const report = readEnd(podFixture(reported, { status: { reason: "DeadlineExceeded" } }));
    expect(report).toMatchObject({ outcome: "timedOut", progress: { done: 3 }, error: { reason: "DeadlineExceeded" } });
  });

  it("says timedOut when the Job controller deleted its pod at the Job's deadline, and killed when somebody else did", () => {
    const metadata = { deletionTimestamp: "2026-03-01T10:00:05Z" };
    const pod = podFixture(terminated(137, { message: message("running") }), { metadata });
    expect(readEnd(pod, endedJob("Failed", "DeadlineExceeded")).outcome).toBe("timedOut");
    expect(readEnd(pod).outcome).toBe("killed");
    expect(readEnd(podFixture(terminated(137)), endedJob("Failed", "DeadlineExceeded")).outcome).toBe("killed");
  });

  it("waits for the next attempt when the kubelet killed one at its deadline that may be tried again", () => {
    const pod = podFixture(terminated(137), { status: { reason: "DeadlineExceeded" } });
    expect(readRun({ job: jobFixture(), pods: [pod], events: [] }).phase).toBe("waiting");
    const last = podFixture(terminated(137), { failuresBefore: 1, status: { reason: "DeadlineExceeded" } });
    const record = readRun({ job: jobFixture(), pods: [last], events: [] });
    expect(record).toMatchObject({ phase: "finished", report: { outcome: "timedOut" } });
  });

  it("says that it went on after SIGTERM when its pod was deleted", () => {
    const pod = podFixture(terminated(137), { metadata: { deletionTimestamp: "2026-03-01T10:00:05Z" } });
    expect(readEnd(pod)).toMatchObject({
      outcome: "killed",
      error: { reason: "SIGKILL", message: expect.stringContaining("its pod was deleted") },
    });
  });

  it("says evicted when a disruption took the pod", () => {
    const conditions = [
      { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "drained" },
    ];
    const report = readEnd(podFixture(terminated(137), { status: { conditions } }));
    expect(report).toMatchObject({
      outcome: "evicted",
      error: { reason: "EvictionByEvictionAPI", message: "drained" },
    });
  });

  it("says evicted, with what the run had done, when it reported SIGTERM and the kubelet had taken its pod", () => {
    const reported = terminated(143, { message: message("cancelled", { progress: { done: 3 } }) });
    const status = { reason: "Evicted", message: "Pod ephemeral local storage usage exceeds the total limit" };
    expect(readEnd(podFixture(reported, { status }))).toMatchObject({
      outcome: "evicted",
      progress: { done: 3 },
      error: { reason: "Evicted", message: status.message },
    });
  });

  it("says cancelled when SIGTERM came before the runtime listened", () => {
    expect(readEnd(podFixture(terminated(143))).outcome).toBe("cancelled");
  });

  it("is never succeeded when the process ended with 0 and left no report", () => {
    expect(readEnd(podFixture(terminated(0)), endedJob("Complete")).outcome).toBe("lost");
  });

  it("says lost and the exit code when Node itself refused to start", () => {
    const report = readEnd(podFixture(terminated(9, { message: "node: bad option: --allow-net" })));
    expect(report).toMatchObject({ outcome: "lost", error: { message: expect.stringContaining("code 9") } });
  });
});

describe("readRun of a run that never started", () => {
  it("says neverStarted and what helps when the image could not be pulled", () => {
    const pod = podFixture({ waiting: { reason: "ImagePullBackOff", message: "no such image" } });
    expect(readEnd(pod, endedJob("Failed", "DeadlineExceeded"))).toMatchObject({
      outcome: "neverStarted",
      error: { reason: "ImagePullBackOff", message: "no such image", hint: expect.stringContaining("--image") },
    });
  });

  it("says neverStarted when the pod is gone and its events tell of the image", () => {
    const events = [
      eventFixture("Failed", 'Failed to pull image "node:99"'),
      eventFixture("BackOff", "Back-off pulling image"),
    ];
    expect(readEnd(undefined, endedJob("Failed", "DeadlineExceeded"), events).outcome).toBe("neverStarted");
  });

  it("says neverStarted when no pod could be created for the quota", () => {
    const events = [eventFixture("FailedCreate", "pods is forbidden: exceeded quota: small", { uid: "1" })];
    expect(readEnd(undefined, endedJob("Failed", "DeadlineExceeded"), events)).toMatchObject({
      outcome: "neverStarted",
      error: { hint: expect.stringContaining("quota") },
    });
  });

  it("says neverStarted when the container could not start", () => {
    const pod = podFixture(terminated(128, { reason: "StartError", message: 'exec: "node": not found' }));
    expect(readEnd(pod)).toMatchObject({ outcome: "neverStarted", error: { reason: "StartError" } });
  });

  it("waits and says why when no node has room", () => {
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes: cpu" }];
    const pods = [podFixture(undefined, { status: { conditions } })];
    expect(readRun({ job: jobFixture(), pods, events: [] })).toMatchObject({
      phase: "waiting",
      waiting: { reason: "Unschedulable", message: "0/1 nodes: cpu" },
      hint: expect.stringContaining("resources"),
    });
  });

  it("waits and says why when its ServiceAccount is missing", () => {
    const events = [
      eventFixture("FailedCreate", 'error looking up service account shop/sweep: serviceaccount "sweep" not found'),
    ];
    expect(readRun({ job: jobFixture(), pods: [], events })).toMatchObject({
      phase: "waiting",
      waiting: { reason: "FailedCreate" },
      hint: expect.stringContaining("ServiceAccount is missing"),
    });
  });
});

describe("readRun of a run whose pod is gone", () => {
  it("says succeeded without a result when its Job is complete", () => {
    const report = readEnd(undefined, endedJob("Complete"));
    expect(report.outcome).toBe("succeeded");
    expect(report).not.toHaveProperty("result");
  });

  it("reads the outcome from the exit code when the Job's policy names it", () => {
    const job = endedJob(
      "Failed",
      "PodFailurePolicy",
      "Container job for pod shop/x failed with exit code 77 matching FailJob rule at index 1",
    );
    expect(readEnd(undefined, job).outcome).toBe("denied");
  });

  it("says timedOut when it had started and its Job's deadline passed", () => {
    const events = [eventFixture("Started", "Container started", { type: "Normal" })];
    expect(readEnd(undefined, endedJob("Failed", "DeadlineExceeded"), events).outcome).toBe("timedOut");
  });

  it("says lost and what the Job says when nothing else is known", () => {
    const report = readEnd(
      undefined,
      endedJob("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
    );
    expect(report).toMatchObject({ outcome: "lost", error: { message: expect.stringContaining("backoff limit") } });
  });
});

describe("readRun's identity of a run without a report", () => {
  it("is the schedule's when the controller wrote the time", () => {
    const job = jobFixture(
      {},
      {
        name: "sweep-29925000",
        annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-11-24T07:00:00+01:00" },
      },
    );
    const { report } = readRun({ job, pods: [podFixture({ running: {} }, { failuresBefore: 2 })], events: [] });
    expect(report.run).toEqual({
      id: "sweep-29925000",
      attempt: 3,
      trigger: "schedule",
      scheduledTime: "2026-11-24T06:00:00Z",
    });
  });

  it("is manual when a person made the Job", () => {
    const job = jobFixture({}, { annotations: { "cronjob.kubernetes.io/instantiate": "manual" } });
    expect(readRun({ job, pods: [podFixture({ running: {} })], events: [] })).toMatchObject({
      phase: "running",
      report: { run: { id: "sweep-kt2c4", trigger: "manual" }, outcome: "running" },
    });
  });
});
