import type { Report } from "../../runtime/run/report/report.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { watchObjects } from "../cluster/watch-objects.ts";
import { whoAmI } from "../cluster/who-am-i.ts";
import { baseReport } from "./history/base-report.ts";
import {
  CANCELLED_ANNOTATION,
  CANCELLED_BY_ANNOTATION,
  PASSED_DEADLINE_SECONDS,
  REPORT_ANNOTATION,
} from "./history/cancellation.ts";
import { terminatedState } from "./history/pod-end.ts";
import { readRun } from "./history/read-run.ts";
import { reportOf } from "./history/report-text.ts";
import { failuresBefore, JOB_NAME_LABEL, type JobObject, lastPod, type PodObject } from "./history/run-objects.ts";
import { podWaiting } from "./history/waiting.ts";

/** What a pod has to stop after SIGTERM (30 s), and a busy kubelet to say so. */
const END_LIMIT_MS = 120_000;

/**
 * Ends a run: its process gets SIGTERM and reports `cancelled`, no other attempt is made, and the Job stays with that report.
 *
 * Suspending the Job would not do: it counts as active for ever, and the schedule waits for it. Deleting the pod would not do: the Job makes
 * another. So the Job's deadline is moved into the past; the Job controller then deletes the pod, whose last state a watch still sees. The
 * report in it is kept as an annotation of the Job.
 *
 * @param pods the run's pods, as they are now
 * @returns the report that is kept
 */
export async function cancelRun(
  api: ClusterApi,
  job: JobObject,
  pods: readonly PodObject[],
  now: Date,
): Promise<Report> {
  const { name, namespace } = job.metadata;
  const reference = { apiVersion: "batch/v1", kind: "Job", namespace, name };
  const cancelledAt = now.toISOString().replace(/\.\d+Z$/, "Z");
  const who = await whoAmI(api.send);
  const end = () =>
    api.patch(reference, {
      metadata: { annotations: { [CANCELLED_ANNOTATION]: cancelledAt, [CANCELLED_BY_ANNOTATION]: who } },
      spec: { activeDeadlineSeconds: PASSED_DEADLINE_SECONDS },
    });
  const report = await endOf(api, job, pods, end, cancelledAt);
  await api.patch(reference, { metadata: { annotations: { [REPORT_ANNOTATION]: JSON.stringify(report) } } });
  return report;
}

/** Ends the run, and says how it ended. */
async function endOf(
  api: ClusterApi,
  job: JobObject,
  pods: readonly PodObject[],
  end: () => Promise<unknown>,
  cancelledAt: string,
): Promise<Report> {
  const pod = lastPod(pods);
  if (pod !== undefined && terminatedState(pod) === undefined) {
    return cancelledReport(job, await watchEnd(api, pod, end), cancelledAt);
  }
  await end();
  const record = readRun({ job, pods, events: [] });
  // Only its Job was not over yet, for the sake of another container
  return record.phase === "finished" ? record.report : neverAgain(job, pod, cancelledAt);
}

/** Watches a pod from before it is told to stop until it has stopped, or is gone. */
async function watchEnd(api: ClusterApi, pod: PodObject, end: () => Promise<unknown>): Promise<PodObject> {
  const { namespace, uid, labels = {} } = pod.metadata;
  const kind = { apiVersion: "v1", kind: "Pod", namespace };
  const selector = `${JOB_NAME_LABEL}=${labels[JOB_NAME_LABEL]}`;
  const limit = AbortSignal.timeout(END_LIMIT_MS);
  let last = pod;
  try {
    const events = watchObjects<PodObject>(api.send, kind, selector, { signal: limit, onOpen: end });
    for await (const { type, object } of events) {
      if (object.metadata?.uid !== uid) continue;
      last = object;
      if (type === "DELETED" || terminatedState(object) !== undefined) break;
    }
  } catch (error) {
    if (!limit.aborted) throw error;
  }
  return last;
}

/** What the run itself said, where it did; else what is known: that it was cancelled, and how far it had come. */
function cancelledReport(job: JobObject, pod: PodObject, cancelledAt: string): Report {
  const terminated = terminatedState(pod);
  const left = reportOf(job, terminated?.message)?.report;
  if (left !== undefined && left.outcome !== "running") return left;
  return withEnd({ ...baseReport(job, pod), ...left }, terminated?.finishedAt ?? cancelledAt, howItEnded(pod));
}

function howItEnded(pod: PodObject): string {
  const terminated = terminatedState(pod);
  if (terminated !== undefined) {
    return `cancelled by hand; it did not stop by itself, and was killed (exit code ${terminated.exitCode})`;
  }
  if (podWaiting(pod) !== undefined) return "cancelled by hand before it ran";
  return "cancelled by hand; how it ended was not told";
}

/** The end of a run that waited for its first or its next attempt. */
function neverAgain(job: JobObject, pod: PodObject | undefined, cancelledAt: string): Report {
  const left = pod === undefined ? undefined : reportOf(job, terminatedState(pod)?.message)?.report;
  const message =
    pod === undefined
      ? "cancelled by hand before it ran"
      : `cancelled by hand after attempt ${failuresBefore(pod) + 1}, which ended as ${left?.outcome ?? "lost"}`;
  return withEnd({ ...baseReport(job, pod), ...left }, cancelledAt, message);
}

function withEnd(report: Report, finishedAt: string, message: string): Report {
  return { ...report, outcome: "cancelled", finishedAt, error: { reason: "Cancelled", message } };
}
