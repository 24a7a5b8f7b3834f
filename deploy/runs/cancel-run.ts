import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { whoAmI } from "../cluster/connect.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import { terminatedState } from "./history/ends.ts";
import { baseReport, readRun } from "./history/read-run.ts";
import { reportOf } from "./history/report-text.ts";
import {
  CANCELLED_ANNOTATION,
  CANCELLED_BY_ANNOTATION,
  failuresBefore,
  type JobObject,
  lastPod,
  PASSED_DEADLINE_SECONDS,
  type PodObject,
  REPORT_ANNOTATION,
} from "./history/run-objects.ts";
import { podWaiting, type Waiting } from "./history/waiting.ts";

/** What a pod has to stop after SIGTERM (30 s), and a busy kubelet to say so. */
const END_LIMIT_MS = 120_000;
/** How long a container that was being started may take to be heard of in events, in milliseconds. */
const START_MS = 2_000;
const FIELD_PATH = `spec.containers{${CONTAINER_NAME}}`;
const NEVER_STARTED = "cancelled by hand before it started: nothing ran";

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
  client: KubeClient,
  job: JobObject,
  pods: readonly PodObject[],
  now: Date,
): Promise<Report> {
  const { name, namespace = "" } = job.metadata;
  const { jobs } = client.kube.inNamespace(namespace);
  const cancelledAt = now.toISOString().replace(/\.\d+Z$/, "Z");
  const who = await whoAmI(client);
  const end = () =>
    jobs.patch(name, {
      metadata: { annotations: { [CANCELLED_ANNOTATION]: cancelledAt, [CANCELLED_BY_ANNOTATION]: who } },
      spec: { activeDeadlineSeconds: PASSED_DEADLINE_SECONDS },
    });
  const report = await endOf(client, job, pods, end, cancelledAt);
  await jobs.patch(name, { metadata: { annotations: { [REPORT_ANNOTATION]: JSON.stringify(report) } } });
  return report;
}

/** Ends the run, and says how it ended. */
async function endOf(
  client: KubeClient,
  job: JobObject,
  pods: readonly PodObject[],
  end: () => Promise<unknown>,
  cancelledAt: string,
): Promise<Report> {
  const pod = lastPod(pods);
  if (pod !== undefined && terminatedState(pod) === undefined) {
    return cancelledReport(job, await watchEnd(client, pod, end), cancelledAt);
  }
  await end();
  const record = readRun({ job, pods, events: [] });
  // Only its Job was not over yet, for the sake of another container
  return record.phase === "finished" ? record.report : neverAgain(job, pod, cancelledAt);
}

/** How a pod ended that was told to stop. */
interface WatchedEnd {
  /** As it was last. */
  readonly pod: PodObject;
  /** What its container waited for, where it never started. */
  readonly waitedFor?: string;
}

/** Watches a pod from before it is told to stop until it has stopped, is gone, or is known never to start. */
async function watchEnd(client: KubeClient, pod: PodObject, end: () => Promise<unknown>): Promise<WatchedEnd> {
  const { namespace = "", name, uid } = pod.metadata;
  const enough = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(END_LIMIT_MS), enough.signal]);
  const { pods } = client.kube.inNamespace(namespace);
  let last = pod;
  let waiting = podWaiting(pod);
  let isThere = false;
  let obstacle: Promise<string | undefined> | undefined;
  const findObstacle = (met: Waiting) => {
    obstacle ??= obstacleTo(client, pod, met);
    return obstacle;
  };
  for await (const event of pods.watch({ fieldSelector: { "metadata.name": name }, signal })) {
    if (event.type === "SYNCED") {
      await end();
      if (!isThere) break;
      continue;
    }
    if (event.object.metadata.uid !== uid) continue;
    // Of one that went during a disconnect only the metadata is known.
    if ("status" in event.object) last = event.object as PodObject;
    isThere = event.type !== "DELETED";
    if (!isThere || terminatedState(last) !== undefined) break;
    waiting = podWaiting(last);
    if (waiting === undefined || last.metadata.deletionTimestamp === undefined) continue;
    void findObstacle(waiting).then((found) => found !== undefined && enough.abort());
  }
  if (waiting === undefined || terminatedState(last)?.startedAt) return { pod: last };
  const waitedFor = await findObstacle(waiting);
  return { pod: last, ...(waitedFor === undefined ? {} : { waitedFor }) };
}

/**
 * Says what kept the container from starting of a pod that is about to go: of an image that hangs, the kubelet lets the pod go only after a minute. Whether it
 * has started stands in the pod's status some time after; in its events before.
 *
 * @returns undefined where it may have started
 */
async function obstacleTo(client: KubeClient, pod: PodObject, waiting: Waiting): Promise<string | undefined> {
  const { namespace = "", uid } = pod.metadata;
  await sleep(START_MS);
  const list = client.kube.inNamespace(namespace).events.list({ fieldSelector: { "involvedObject.uid": uid } });
  const events = await list.toArray().catch(() => undefined);
  const ofJob = events?.filter(({ involvedObject }) => (involvedObject.fieldPath ?? FIELD_PATH) === FIELD_PATH);
  const told = (reason: string) => ofJob?.findLast((event) => event.reason === reason);
  if (ofJob === undefined || told("Created") !== undefined || told("Started") !== undefined) return undefined;
  const pulling = told("Pulled") === undefined ? told("Pulling")?.message : undefined;
  return pulling ?? `${waiting.reason}: ${waiting.message}`;
}

/** What the run itself said, where it did; else what is known: that it was cancelled, and how far it had come. */
function cancelledReport(job: JobObject, { pod, waitedFor }: WatchedEnd, cancelledAt: string): Report {
  if (waitedFor !== undefined)
    return withEnd(baseReport(job, pod), cancelledAt, `${NEVER_STARTED}. It waited for: ${waitedFor}`);
  const terminated = terminatedState(pod);
  const left = reportOf(job, terminated?.message)?.report;
  if (left !== undefined && left.outcome !== "running") return left;
  const message =
    terminated === undefined
      ? "cancelled by hand; it is not known how it ended"
      : `cancelled by hand; it did not stop in time and was killed (exit code ${terminated.exitCode})`;
  return withEnd({ ...baseReport(job, pod), ...left }, terminated?.finishedAt ?? cancelledAt, message);
}

/** The end of a run that waited for its first or its next attempt. */
function neverAgain(job: JobObject, pod: PodObject | undefined, cancelledAt: string): Report {
  if (pod === undefined) return withEnd(baseReport(job, pod), cancelledAt, NEVER_STARTED);
  const left = reportOf(job, terminatedState(pod)?.message)?.report;
  const message = `cancelled by hand after attempt ${failuresBefore(pod) + 1}, which ended as ${left?.outcome ?? "lost"}`;
  return withEnd({ ...baseReport(job, pod), ...left }, cancelledAt, message);
}

function withEnd(report: Report, finishedAt: string, message: string): Report {
  return { ...report, outcome: "cancelled", finishedAt, error: { reason: "Cancelled", message } };
}
