import { TRIGGERED_BY_ANNOTATION } from "../manifests/manual-job.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import type { EventObject, JobObject, PodObject, RunObjects } from "../runs/history/run-objects.ts";
import { lastPod, SCHEDULED_TIME_ANNOTATION } from "../runs/history/run-objects.ts";

/** One step of a run, from its trigger to its end. */
export interface TimelineStep {
  readonly step: "Scheduled" | "Triggered" | "Pod" | "Image" | "Start" | "Run" | "End";
  /** RFC 3339. */
  readonly at: string;
  /** In milliseconds; absent for the last step. */
  readonly tookMs?: number;
  /** A sentence without a full stop. */
  readonly what: string;
}

/**
 * Puts the steps of a run's last attempt in order. Kubernetes' times are whole seconds, the report's have milliseconds. What is known about images comes from events, which Kubernetes keeps for an hour.
 *
 * @returns the steps that began, in order, without overlaps
 */
export function timelineOf(objects: RunObjects, record: RunRecord): TimelineStep[] {
  const { job, pods, events } = objects;
  const pod = lastPod(pods);
  const { report } = record;
  const created = job.metadata.creationTimestamp;
  const ownEvents =
    pod === undefined ? [] : events.filter(({ involvedObject }) => involvedObject?.uid === pod.metadata.uid);
  const starts: (Omit<TimelineStep, "tookMs"> | undefined)[] = [
    beginningOf(job),
    pod === undefined ? undefined : { step: "Pod", at: pod.metadata.creationTimestamp, what: placeOf(pod) },
    imageOf(ownEvents, pod),
    containerStart(pod),
    record.phase === "waiting" || report.outcome === "neverStarted"
      ? undefined
      : { step: "Run", at: report.startedAt, what: runWords(record) },
    record.phase === "finished" && report.finishedAt !== undefined
      ? { step: "End", at: report.finishedAt, what: endOf(pod) }
      : undefined,
  ];
  const begun = starts.filter((step) => step !== undefined && !Number.isNaN(Date.parse(step.at)));
  return inOrder(begun as Omit<TimelineStep, "tookMs">[], created);
}

/** Clocks of the API server, the node and the pod differ, and whole seconds stand beside milliseconds: a step never begins before the one before it. */
function inOrder(steps: readonly Omit<TimelineStep, "tookMs">[], created: string): TimelineStep[] {
  let last = Date.parse(steps[0]?.at ?? created);
  const times = steps.map(({ at }) => {
    last = Math.max(last, Date.parse(at));
    return last;
  });
  return steps.map((step, index) => {
    const next = times[index + 1];
    const at = times[index] ?? last;
    return { ...step, at: new Date(at).toISOString(), ...(next === undefined ? {} : { tookMs: next - at }) };
  });
}

function beginningOf({ metadata }: JobObject): Omit<TimelineStep, "tookMs"> {
  const { [SCHEDULED_TIME_ANNOTATION]: due, [TRIGGERED_BY_ANNOTATION]: triggeredBy } = metadata.annotations ?? {};
  const created = metadata.creationTimestamp;
  if (due === undefined) {
    return {
      step: "Triggered",
      at: created,
      what: triggeredBy === undefined ? "By hand" : `By hand, as ${triggeredBy}`,
    };
  }
  const lateMs = Date.parse(created) - Date.parse(due);
  const what = lateMs >= 2_000 ? `Job created ${Math.round(lateMs / 1_000)} s after it was due` : "On time";
  return { step: "Scheduled", at: lateMs >= 0 ? due : created, what };
}

function placeOf({ spec, status }: PodObject): string {
  if (spec?.nodeName !== undefined) return `Placed on ${spec.nodeName}`;
  const refused = status?.conditions?.find(({ type, status: state }) => type === "PodScheduled" && state === "False");
  return refused?.message ?? "Waiting for a node";
}

function imageOf(events: readonly EventObject[], pod: PodObject | undefined): Omit<TimelineStep, "tookMs"> | undefined {
  const pulling = events.find(({ reason }) => reason === "Pulling");
  const pulled = events.find(({ reason }) => reason === "Pulled");
  const first = pulling ?? pulled;
  if (first === undefined || pod === undefined) return undefined;
  const at = first.firstTimestamp ?? first.eventTime ?? first.metadata.creationTimestamp;
  if (pulling === undefined) return { step: "Image", at, what: "Already on the node" };
  const took = /in ([\d.]+m?s)/.exec(pulled?.message ?? "")?.[1];
  return { step: "Image", at, what: took === undefined ? "Pulling" : `Pulled in ${took}` };
}

function containerStart(pod: PodObject | undefined): Omit<TimelineStep, "tookMs"> | undefined {
  const { running, terminated } = pod?.status?.containerStatuses?.[0]?.state ?? {};
  const at = running?.startedAt ?? terminated?.startedAt;
  return at === undefined || at === null ? undefined : { step: "Start", at, what: "Container started" };
}

function runWords({ phase, report }: RunRecord): string {
  if (phase !== "finished") return "In progress";
  return report.dryRun ? "Dry run" : report.rehearsal === undefined ? "The job" : "Rehearsal, then the job";
}

function endOf(pod: PodObject | undefined): string {
  const { exitCode, reason } = pod?.status?.containerStatuses?.[0]?.state?.terminated ?? {};
  if (exitCode === undefined) return "The pod is gone";
  return `Exit code ${exitCode}${reason && reason !== "Error" && reason !== "Completed" ? `, ${reason}` : ""}`;
}
