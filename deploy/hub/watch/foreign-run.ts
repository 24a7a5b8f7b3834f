// Runs of CronJobs that errand did not make: there is no report, so that the Job's conditions and its containers say all that is known.

import type { Report } from "../../../runtime/run/report/report.ts";
import { NAME_LABEL, REVISION_LABEL } from "../../manifests/manifest.ts";
import { type ReadEnd, readEviction, terminatedState } from "../../runs/history/ends.ts";
import { baseReport, type RunRecord } from "../../runs/history/read-run.ts";
import {
  endCondition,
  type JobObject,
  lastPod,
  type PodObject,
  type RunObjects,
} from "../../runs/history/run-objects.ts";
import { jobWaiting, podWaiting } from "../../runs/history/waiting.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import type { RunDetail } from "../../source/run-source.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container */
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";
const FAILURE_COUNT_ANNOTATION = "batch.kubernetes.io/job-index-failure-count";

/** The container whose end and log say most: one that failed, the one that is named as the default, or the first. */
export function mainContainer(pod: PodObject): string {
  const failed = (pod.status?.containerStatuses ?? []).find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  return failed?.name ?? pod.metadata.annotations?.[DEFAULT_CONTAINER] ?? pod.spec?.containers[0]?.name ?? "";
}

/** Which attempt a pod was: only Indexed Jobs count, so that others are put in the order in which they were made. */
export function attemptsOf(pods: readonly PodObject[]): ReadonlyMap<string, number> {
  const inOrder = pods.toSorted(
    (left, right) => Date.parse(left.metadata.creationTimestamp) - Date.parse(right.metadata.creationTimestamp),
  );
  return new Map(inOrder.map((pod, index) => [pod.metadata.uid, index + 1]));
}

/** A Job as the readers of runs expect it. What stands in errand's own annotations was not written by errand, and is not read. */
export function asErrandsJob(job: JobObject, name: string): JobObject {
  const annotations = Object.entries(job.metadata.annotations ?? {}).filter(([key]) => !key.startsWith("errand/"));
  const labels = { ...job.metadata.labels, [NAME_LABEL]: name, [REVISION_LABEL]: "" };
  return { ...job, metadata: { ...job.metadata, labels, annotations: Object.fromEntries(annotations) } };
}

/** Pods whose main container has the name that the readers of runs look for. A termination message is no report here. */
export function asErrandsPods(_job: JobObject, pods: readonly PodObject[]): PodObject[] {
  const attempts = attemptsOf(pods);
  return pods.map((pod) => {
    const main = mainContainer(pod);
    const named = <T extends { readonly name: string }>(each: T): T =>
      each.name === main ? { ...each, name: CONTAINER_NAME } : each;
    const failures = String((attempts.get(pod.metadata.uid) ?? 1) - 1);
    const { spec, status } = pod;
    const statuses = status?.containerStatuses?.map((each) => {
      const { message: _message, ...terminated } = each.state?.terminated ?? {};
      return named(each.state?.terminated ? { ...each, state: { terminated } as typeof each.state } : each);
    });
    return {
      ...pod,
      metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [FAILURE_COUNT_ANNOTATION]: failures } },
      ...(spec == null ? {} : { spec: { ...spec, containers: spec.containers.map(named) } }),
      ...(status == null || statuses === undefined ? {} : { status: { ...status, containerStatuses: statuses } }),
    } as PodObject;
  });
}

/** Reads how the run of such a Job stands. @param objects as the functions above made them */
export function readForeignRun({ job, pods, events }: RunObjects): RunRecord {
  const pod = lastPod(pods);
  const condition = endCondition(job);
  const base = { ...baseReport(job, pod), startedAt: job.status?.startTime ?? job.metadata.creationTimestamp };
  if (condition === undefined) {
    const { finishedAt: _finishedAt, ...report } = base;
    const waiting = pod === undefined ? jobWaiting(job, events) : podWaiting(pod, events);
    if (waiting !== undefined) return { phase: "waiting", report, waiting };
    if (pod !== undefined && terminatedState(pod) === undefined) {
      return { phase: "running", report, pod: pod.metadata.name };
    }
    const message = `attempt ${base.run.attempt} ended; Kubernetes decides whether there is another`;
    return { phase: "waiting", report, waiting: { reason: "BackOff", message } };
  }
  const finishedAt = job.status?.completionTime ?? condition.lastTransitionTime ?? base.finishedAt ?? base.startedAt;
  const end = condition.type === "Complete" ? { outcome: "succeeded" as const } : failureOf(job, pod);
  const report: Report = { ...base, ...end, finishedAt };
  return { phase: "finished", report, ...(pod === undefined ? {} : { pod: pod.metadata.name }) };
}

function failureOf(job: JobObject, pod: PodObject | undefined): ReadEnd {
  const { reason = "Failed", message = "its Job failed" } = endCondition(job) ?? {};
  if (reason === "DeadlineExceeded") return { outcome: "timedOut", error: { reason, message } };
  const terminated = pod === undefined ? undefined : terminatedState(pod);
  const eviction = pod === undefined ? undefined : readEviction(pod);
  if (terminated?.reason === "OOMKilled") {
    const hint = "Raise the memory limit of its container, or have it hold less at once.";
    const text = "the kernel killed it: the container used all of its memory";
    return { outcome: "outOfMemory", error: { reason: "OutOfMemory", message: text, hint } };
  }
  if (eviction !== undefined) return eviction;
  const waiting = pod === undefined ? undefined : podWaiting(pod);
  if (waiting !== undefined) return { outcome: "neverStarted", error: waiting };
  if (terminated === undefined) return { outcome: "failed", error: { reason, message } };
  const { exitCode } = terminated;
  if (exitCode === 137) {
    return { outcome: "killed", error: { reason: "SIGKILL", message: "SIGKILL ended its process" } };
  }
  const attempts = Number(job.status?.failed ?? 1);
  const times = attempts > 1 ? `, after ${attempts} attempts` : "";
  return {
    outcome: "failed",
    error: { reason: "Error", message: `its container ended with exit code ${exitCode}${times}` },
  };
}

/** What to do about such a run is not what helps with a job of errand's. */
export function explainForeign({ explanation: _explanation, ...detail }: RunDetail): RunDetail {
  const { report } = detail.record;
  if (report.error === undefined) return detail;
  const { message, hint, reason } = report.error;
  const pod = detail.record.phase === "finished" ? detail.record.pod : undefined;
  return {
    ...detail,
    explanation: {
      cause: reason,
      what: `${message[0]?.toUpperCase()}${message.slice(1)}`,
      evidence: pod === undefined ? [] : [`pod ${pod}`],
      next: hint ?? `See its log, and its Job: kubectl describe job ${detail.entry.run} -n ${detail.entry.namespace}`,
    },
  };
}
