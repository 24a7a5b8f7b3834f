// Reads a run for the archive: what its Job, pods and events say, by the same reading as everybody else's, and the whole report out of its log.

import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { unlessForbidden } from "../../cluster/connect.ts";
import type { RunSnapshot } from "../../diagnose/why/cause.ts";
import { withEvents } from "../../runs/find-run.ts";
import { lost } from "../../runs/history/ends.ts";
import { type RunRecord, readRun } from "../../runs/history/read-run.ts";
import {
  CANCELLED_ANNOTATION,
  endCondition,
  type JobObject,
  lastPod,
  type PodObject,
  REPORT_ANNOTATION,
} from "../../runs/history/run-objects.ts";
import { runDetail } from "../../source/entries.ts";
import type { RunDetail } from "../../source/run-source.ts";
import type { JobKind, KeptRun } from "../archive/archive.ts";
import { asErrandsJob, asErrandsPods, explainForeign, readForeignRun } from "./foreign-run.ts";

/** The Job of a run, beside what owns it. */
export interface OwnedJob {
  readonly kind: JobKind;
  /** Name of its CronJob. */
  readonly name: string;
  readonly job: JobObject;
}

/** A person who cancels a run writes its report on the Job after the Job has ended; so long it is waited for, in milliseconds. */
const CANCELLATION_MS = 15_000;

/**
 * Reads a run as it stands.
 *
 * @param pods all that were seen, also those that are gone
 * @param full the report that the log of its last attempt ends with, where it has one
 */
export async function readWatchedRun(
  client: KubeClient,
  owned: OwnedJob,
  pods: readonly PodObject[],
  full: Report | undefined,
  now: Date,
): Promise<KeptRun> {
  const { kind, name } = owned;
  const job = kind === "errand" ? owned.job : asErrandsJob(owned.job, name);
  const own = kind === "errand" ? pods : asErrandsPods(owned.job, pods);
  const objects = await withEvents(client, job, own);
  const read = kind === "errand" ? readRun(objects) : readForeignRun(objects);
  const record = withFullReport(read, full);
  const { namespace = "", uid } = job.metadata;
  const isStuck = record.phase === "waiting" || record.report.outcome === "neverStarted";
  const quotas = isStuck
    ? await unlessForbidden(client.kube.inNamespace(namespace).resourcequotas.list().toArray(), [])
    : [];
  const pod = lastPod(own);
  const snapshot: RunSnapshot = {
    namespace,
    job: name,
    run: job.metadata.name,
    objects,
    record,
    pod,
    quotas,
    role: undefined,
  };
  const detail = kind === "errand" ? runDetail(snapshot, now) : explainForeign(runDetail(snapshot, now));
  return { uid, kind, detail: notAhead(detail, job, now), isFinal: isOver(job, now) && record.phase === "finished" };
}

/** A node's clock may be ahead, and a report may say anything: a run that ended in the future would hide all that come after it. */
function notAhead(detail: RunDetail, job: JobObject, now: Date): RunDetail {
  // Kubernetes gives whole seconds.
  const ended = Date.parse(endCondition(job)?.lastTransitionTime ?? "") + 1_000;
  const latest = Math.min(now.getTime(), ended || now.getTime());
  const bounded = (time: string) => (Date.parse(time) > latest ? new Date(latest).toISOString() : time);
  const { startedAt, finishedAt } = detail.entry;
  const times = {
    startedAt: bounded(startedAt),
    ...(finishedAt === undefined ? {} : { finishedAt: bounded(finishedAt) }),
  };
  return { ...detail, entry: { ...detail.entry, ...times } };
}

/** True where nothing more will be known of the run. */
function isOver(job: JobObject, now: Date): boolean {
  const end = endCondition(job);
  if (end === undefined) return false;
  const { [CANCELLED_ANNOTATION]: cancelled, [REPORT_ANNOTATION]: report } = job.metadata.annotations ?? {};
  if (cancelled === undefined || report !== undefined) return true;
  return now.getTime() - Date.parse(end.lastTransitionTime ?? cancelled) > CANCELLATION_MS;
}

/** The termination message may hold a shorter report: the log has it whole. It must be that of the same attempt, and say the same end. */
function withFullReport(record: RunRecord, full: Report | undefined): RunRecord {
  const { report } = record;
  const isSame = full?.run.id === report.run.id && full.run.attempt === report.run.attempt;
  return full !== undefined && isSame && full.outcome === report.outcome ? { ...record, report: full } : record;
}

/**
 * A run whose Job is gone before it was known to be over.
 *
 * @param last what was known of it
 * @param how a sentence without a full stop
 */
export function goneRun(last: RunDetail, kind: JobKind, how: string, now: Date): KeptRun {
  const known = last.record;
  const isKnown = known.phase === "finished";
  const end = lost(how);
  const finishedAt = now.toISOString();
  const report: Report = isKnown ? known.report : { ...known.report, ...end, finishedAt };
  const { message: _message, ...entry } = last.entry;
  const ended = isKnown
    ? last.entry
    : {
        ...entry,
        outcome: end.outcome,
        reason: end.error.reason,
        message: end.error.message,
        finishedAt,
        durationMs: Math.max(0, now.getTime() - Date.parse(entry.startedAt)),
      };
  const record: RunRecord = { phase: "finished", report };
  const { explanation: _explanation, ...detail } = last;
  return {
    uid: last.uid,
    kind,
    detail: isKnown ? last : { ...detail, entry: ended, record },
    isFinal: true,
  };
}
