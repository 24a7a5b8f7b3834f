import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";
import { cronJobFixture } from "../../diagnose/why/snapshot-fixture.ts";
import { jobFixture, podFixture, reportFixture, terminated } from "../../runs/history/run-fixture.ts";

const NAMESPACE = "shop";

/** A deployed job, as errand makes it. */
export function errandCronJob(name = "sweep"): KubeObject {
  const labels = {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/managed-by": "errand",
    "app.kubernetes.io/component": "job",
  };
  return cronJobFixture({}, { metadata: { name, uid: `cron-${name}`, labels } });
}

/** A CronJob that somebody wrote by hand. */
export function plainCronJob(name = "backup"): KubeObject {
  return cronJobFixture({}, { metadata: { name, uid: `cron-${name}`, labels: {} } });
}

export type RunState = "running" | "succeeded" | "failed";

/** The Job of a run and its pod, as Kubernetes has them in a state. */
export function runObjects(
  run: string,
  state: RunState,
  { job = "sweep", isErrands = true }: { job?: string; isErrands?: boolean } = {},
): readonly KubeObject[] {
  const container = isErrands ? "job" : "backup";
  const labels = isErrands
    ? { "app.kubernetes.io/name": job, "app.kubernetes.io/managed-by": "errand", "app.kubernetes.io/version": "1" }
    : {};
  const owner = { apiVersion: "batch/v1", kind: "CronJob", name: job, uid: `cron-${job}`, controller: true };
  const conditions = {
    running: [],
    succeeded: [{ type: "Complete", status: "True", lastTransitionTime: "2026-03-01T10:00:10Z" }],
    failed: [
      {
        ...{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too many failures" },
        lastTransitionTime: "2026-03-01T10:00:10Z",
      },
    ],
  }[state];
  const message = isErrands && state !== "running" ? { message: JSON.stringify(report(run, state)) } : {};
  const ended = terminated(state === "failed" ? 1 : 0, {
    reason: state === "failed" ? "Error" : "Completed",
    ...message,
  });
  const podState = state === "running" ? { running: { startedAt: "2026-03-01T10:00:02Z" } } : ended;
  const pod = podFixture(undefined, {
    metadata: {
      uid: `pod-${run}`,
      name: `${run}-x`,
      labels: { ...labels, "batch.kubernetes.io/job-name": run },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: run, uid: `job-${run}`, controller: true }],
    },
    status: {
      phase: state === "running" ? "Running" : state === "failed" ? "Failed" : "Succeeded",
      containerStatuses: [
        {
          name: container,
          image: "",
          imageID: "",
          ready: false,
          restartCount: 0,
          ...(podState ? { state: podState } : {}),
        },
      ],
    },
  });
  const spec = { ...pod.spec, containers: [{ name: container }] };
  const made = jobFixture({ startTime: "2026-03-01T10:00:01Z", conditions }, { name: run, uid: `job-${run}`, labels });
  return [{ ...made, metadata: { ...made.metadata, ownerReferences: [owner] } }, { ...pod, spec } as KubeObject];

  function report(id: string, outcome: "succeeded" | "failed") {
    return reportFixture(outcome, { run: { id, attempt: 1, trigger: "manual" }, namespace: NAMESPACE, job });
  }
}

/** The line that ends the log of a run: its report with more than the termination message has. */
export function fullReport(run: string, result: object, outcome: "succeeded" | "failed" = "succeeded"): string {
  return JSON.stringify(
    reportFixture(outcome, { run: { id: run, attempt: 1, trigger: "manual" }, result: result as never }),
  );
}
