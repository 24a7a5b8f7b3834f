import { describe, expect, it } from "vitest";
import type { PodObject } from "../../../deploy/history/run-objects.ts";
import { explainRun } from "../../../deploy/why/run-causes.ts";
import type { QuotaObject, RoleObject } from "../../../deploy/why/snapshots.ts";
import type { Report } from "../../../runtime/run/report.ts";
import { endedJob, eventFixture, jobFixture, podFixture, reportFixture, terminated } from "../history/run-fixture.ts";
import { runSnapshot } from "./snapshot-fixture.ts";

const META = { uid: "1", resourceVersion: "1", creationTimestamp: "2026-03-01T10:00:00Z", namespace: "shop" };

function ended(outcome: Report["outcome"], error: Report["error"], more: Partial<Report> = {}) {
  const report = reportFixture(outcome, { ...(error === undefined ? {} : { error }), ...more });
  return { job: endedJob("Failed"), pods: [podFixture(terminated(1, { message: JSON.stringify(report) }))] };
}

function condition(type: string, reason: string, message: string, status = "True") {
  return { type, status, reason, message };
}

/** A pod whose run is over, and whose other container is not. */
function podWithProxy(outcome: Report["outcome"]): PodObject {
  const pod = podFixture(terminated(1, { message: JSON.stringify(reportFixture(outcome)) }));
  pod.status.containerStatuses?.push({
    ...{ name: "proxy", image: "", imageID: "", ready: true, restartCount: 0 },
    state: { running: {} },
  });
  return pod;
}

describe("explainRun", () => {
  it("finds nothing when the run succeeded or runs", () => {
    const message = JSON.stringify(reportFixture("succeeded"));
    const pods = [podFixture(terminated(0, { message }))];
    expect(explainRun(runSnapshot({ job: endedJob("Complete"), pods }))).toBeUndefined();
    expect(explainRun(runSnapshot({ pods: [podFixture({ running: {} })] }))).toBeUndefined();
  });

  it("says cancelled, and by whom, when the Job says so", () => {
    const job = endedJob("Failed", "DeadlineExceeded");
    job.metadata.annotations = { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/cancelled-by": "ada" };
    expect(explainRun(runSnapshot({ job }))).toEqual({
      cause: "cancelled",
      what: "it was cancelled by ada",
      evidence: ["Job shop/sweep-kt2c4: cancelled 2026-03-01T10:00:09Z"],
      next: "errand retry sweep-kt2c4 -n shop",
    });
  });

  it("says cancelled, and that its pod got SIGTERM, when nobody cancelled it", () => {
    const found = explainRun(runSnapshot(ended("cancelled", { reason: "Cancelled", message: "asked to stop" })));
    expect(found).toMatchObject({ cause: "cancelled", what: "it was cancelled: its pod got SIGTERM" });
  });

  it("says quotaExceeded with the quota's use when no pod fits", () => {
    const events = [eventFixture("FailedCreate", "pods is forbidden: exceeded quota: small, requested: pods=1")];
    const quotas: QuotaObject[] = ["small", "other"].map((name) => ({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { ...META, name },
      spec: {},
      status: { hard: { pods: "3" }, used: { pods: "3" } },
    }));
    const found = explainRun(runSnapshot({ events }, { quotas }));
    expect(found?.cause).toBe("quotaExceeded");
    expect(found?.evidence).toEqual([expect.stringContaining("exceeded quota: small"), "quota small: pods 3 of 3"]);
  });

  it.each([
    [
      'error looking up service account shop/sweep: serviceaccount "sweep" not found',
      "its ServiceAccount sweep is missing",
    ],
    ['violates PodSecurity "restricted:latest"', "the API server refuses it"],
    ["admission webhook says no", "the API server refuses it"],
  ])("says podRefused when the event says %s", (message, what) => {
    const found = explainRun(runSnapshot({ events: [eventFixture("FailedCreate", message)] }));
    expect(found).toMatchObject({ cause: "podRefused", what: `it has no pod: ${what}` });
  });

  it("says imageUnavailable when the container waits for its image", () => {
    const pods = [podFixture({ waiting: { reason: "ErrImageNeverPull", message: "not present" } })];
    expect(explainRun(runSnapshot({ pods }))).toMatchObject({
      cause: "imageUnavailable",
      evidence: ["pod: ErrImageNeverPull: not present"],
    });
  });

  it("says imageUnavailable, and not that time was up, when a deadline ended the wait", () => {
    const events = [
      eventFixture("Failed", 'Failed to pull image "none:1": no such host'),
      eventFixture("Failed", "Error: ErrImagePull"),
    ];
    expect(explainRun(runSnapshot({ job: endedJob("Failed", "DeadlineExceeded"), events }))).toMatchObject({
      cause: "imageUnavailable",
      evidence: ['event Failed: Failed to pull image "none:1": no such host'],
    });
  });

  it("says unschedulable, and what it asks for, when no node has room", () => {
    const conditions = [condition("PodScheduled", "Unschedulable", "0/1 nodes: cpu", "False")];
    const pod = podFixture(undefined, { status: { conditions } });
    pod.spec.containers = [{ name: "job", resources: { requests: { cpu: "900" } } }];
    expect(explainRun(runSnapshot({ pods: [pod] }))).toMatchObject({
      cause: "unschedulable",
      evidence: [`pod ${pod.metadata.name}: Unschedulable: 0/1 nodes: cpu`, "it asks for cpu 900"],
    });
  });

  it("says missingVolume when the ConfigMap of its code is gone", () => {
    const events = [eventFixture("FailedMount", 'configmap "errand-sweep-0" not found')];
    const pods = [podFixture({ waiting: { reason: "ContainerCreating" } })];
    expect(explainRun(runSnapshot({ pods, events }))?.cause).toBe("missingVolume");
  });

  it("says evicted when a pod was, and another was made", () => {
    const conditions = [condition("DisruptionTarget", "TerminationByKubelet", "low on disk")];
    const first = podFixture(terminated(143), { status: { reason: "Evicted", message: "too much disk", conditions } });
    const second = podFixture({ running: {} }, { failuresBefore: 1 });
    const found = explainRun(runSnapshot({ pods: [first, second] }));
    expect(found).toMatchObject({ cause: "evicted", evidence: [expect.stringContaining("too much disk")] });
    expect(found?.next).toMatch(/^Nothing/);
  });

  it("says evicted and how to run it again when the run ended so", () => {
    const pods = [podFixture(terminated(137), { status: { reason: "Evicted", message: "too much disk" } })];
    expect(explainRun(runSnapshot({ job: endedJob("Failed"), pods }))?.next).toContain("errand retry sweep-kt2c4");
  });

  it("says forbidden with the guard's hint when the call was not declared", () => {
    const error = {
      reason: "NotDeclared",
      message: "the job does not declare list secrets",
      hint: "Add it to access.",
    };
    expect(explainRun(runSnapshot(ended("denied", error)))).toMatchObject({
      cause: "forbidden",
      next: "Add it to access.",
    });
  });

  it("says forbidden and where its Role is missing when it has an account of its own", () => {
    const error = { reason: "Forbidden", message: "403" };
    const run = ended("denied", error);
    run.job.spec = { template: { spec: { containers: [], serviceAccountName: "sweep" } } };
    expect(explainRun(runSnapshot(run))?.evidence).toContain("Role shop/sweep: not found");
    const role: RoleObject = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { ...META, name: "sweep" },
      rules: [],
    };
    expect(explainRun(runSnapshot(run, { role }))?.next).toContain("errand access sweep -n shop");
  });

  it("says outOfMemory with the last progress when the kernel killed it", () => {
    const message = JSON.stringify(reportFixture("running", { progress: { done: 4 } }));
    const pods = [podFixture(terminated(137, { reason: "OOMKilled", message }))];
    expect(explainRun(runSnapshot({ job: endedJob("Failed"), pods }))).toMatchObject({
      cause: "outOfMemory",
      what: "it ran out of memory (limit 256Mi)",
      evidence: [expect.stringContaining("used all of its memory"), 'last progress: {"done":4}'],
    });
  });

  it("says probeFailed with the probe that killed it", () => {
    const events = [
      eventFixture("Unhealthy", "Liveness probe failed: timeout"),
      eventFixture("Unhealthy", "Readiness probe failed: x"),
    ];
    const found = explainRun(runSnapshot({ job: endedJob("Failed"), pods: [podFixture(terminated(137))], events }));
    expect(found).toMatchObject({
      cause: "probeFailed",
      evidence: ["event Unhealthy: Liveness probe failed: timeout"],
    });
  });

  it("says timedOut, and whose time was up", () => {
    expect(explainRun(runSnapshot(ended("timedOut", { reason: "TimedOut", message: "5m" })))?.what).toContain(
      "`timeout`",
    );
    const job = endedJob("Failed", "DeadlineExceeded");
    job.spec = { template: {}, activeDeadlineSeconds: 360 };
    const events = [eventFixture("Started", "started", { type: "Normal" })];
    expect(explainRun(runSnapshot({ job, events }))?.what).toContain("deadline of 360 s");
  });

  it("says cancelled from the moment when a person asked for it, whatever is still to end", () => {
    const job = jobFixture(
      {},
      { annotations: { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/cancelled-by": "ada" } },
    );
    const running = podFixture({ running: {} }, { metadata: { deletionTimestamp: "2026-03-01T10:00:39Z" } });
    expect(explainRun(runSnapshot({ job, pods: [running] }))).toEqual({
      cause: "cancelled",
      what: "it was cancelled by ada; its pod is still ending",
      evidence: [
        "Job shop/sweep-kt2c4: cancelled 2026-03-01T10:00:09Z",
        "pod sweep-kt2c4-0-0: container job has until 2026-03-01T10:00:39Z to end",
      ],
      next: "Nothing: it ends by itself; for what it leaves: errand result sweep-kt2c4 -n shop --wait",
    });
    expect(explainRun(runSnapshot({ job }))?.what).toBe("it was cancelled by ada");
  });

  it("says cancelled, and not sidecarRunning, when only the other container of a cancelled run is still to end", () => {
    const kept = JSON.stringify(reportFixture("cancelled"));
    const annotations = { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/report": kept };
    expect(explainRun(runSnapshot({ job: jobFixture({}, { annotations }), pods: [podWithProxy("failed")] }))).toEqual({
      cause: "cancelled",
      what: "it was cancelled by hand; its pod is still ending",
      evidence: [
        "Job shop/sweep-kt2c4: cancelled 2026-03-01T10:00:09Z",
        "pod sweep-kt2c4-0-0: container proxy is about to be told to end",
      ],
      next: "errand retry sweep-kt2c4 -n shop",
    });
  });

  it("finds nothing when a cancelled run had succeeded before, though its pod is still ending", () => {
    const kept = JSON.stringify(reportFixture("succeeded"));
    const annotations = { "errand/cancelled": "2026-03-01T10:00:09Z", "errand/report": kept };
    const pods = [podWithProxy("succeeded")];
    expect(explainRun(runSnapshot({ job: jobFixture({}, { annotations }), pods }))).toBeUndefined();
  });

  it("says sidecarRunning when the run is over and another container is not, unless its pod is to end", () => {
    const pod = podWithProxy("succeeded");
    const metadata = { ...pod.metadata, deletionTimestamp: "2026-03-01T10:00:39Z" };
    expect(explainRun(runSnapshot({ pods: [{ ...pod, metadata }] }))).toBeUndefined();
    expect(explainRun(runSnapshot({ job: jobFixture(), pods: [pod] }))).toMatchObject({
      cause: "sidecarRunning",
      what: expect.stringMatching(/over \(succeeded\), and proxy keeps/),
    });
  });

  it.each(["failed", "invalid", "unreachable", "limited"] as const)(
    "repeats what the report says when it is %s",
    (outcome) => {
      const found = explainRun(
        runSnapshot(ended(outcome, { reason: "Word", message: "what happened", hint: "what to do" })),
      );
      expect(found).toMatchObject({ cause: "reported", evidence: ["report: Word: what happened"], next: "what to do" });
      expect(found?.what).toContain(`(${outcome})`);
    },
  );

  it("says that it waits, and for what, when nothing is wrong yet", () => {
    expect(explainRun(runSnapshot({}))).toMatchObject({
      cause: "waiting",
      evidence: ["Pending: its pod is being made"],
    });
  });
});
