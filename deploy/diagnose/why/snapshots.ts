import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { Returned } from "../../../runtime/kube/surface/objects.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import type { MissingObject } from "../../runs/history/missing-object.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import type { EventObject, PodObject, RunObjects } from "../../runs/history/run-objects.ts";

export type QuotaObject = Returned<BuiltinObjects["resourcequotas"]>;
export type NodeObject = Returned<BuiltinObjects["nodes"]>;
export type RoleObject = Returned<BuiltinObjects["roles"]>;

/** What tells why a schedule starts runs or not. */
export interface ScheduleSnapshot {
  readonly now: Date;
  readonly namespace: string;
  readonly job: string;
  readonly cronJob: CronJobObject;
  /** Events about the CronJob; Kubernetes forgets them after an hour. */
  readonly events: readonly EventObject[];
  /** Names of the runs that have not ended. */
  readonly active: readonly string[];
  /** How many runs Kubernetes remembers. */
  readonly runs: number;
}

/** What tells why a run ended so, or does not begin. */
export interface RunSnapshot {
  readonly namespace: string;
  readonly job: string;
  readonly run: string;
  readonly objects: RunObjects;
  readonly record: RunRecord;
  /** That of the last attempt; absent where it is gone. */
  readonly pod: PodObject | undefined;
  /** Absent where nobody may read them, or where they explain nothing. */
  readonly quotas: readonly QuotaObject[];
  /** The node that the pod is bound to; absent where it is bound to none, or nobody may read nodes. */
  readonly node?: NodeObject | "gone" | undefined;
  /** The job's own Role; absent where there is none, or nobody may read it. */
  readonly role: RoleObject | undefined;
  /** Secrets and ConfigMaps that the pod waits for, as far as somebody may look. Default: none is known. */
  readonly missing?: readonly MissingObject[];
}

/** When an event was last seen; the three fields are of three ages of the API. */
export function timeOf({ lastTimestamp, eventTime, metadata }: EventObject): number {
  return Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
}

/** The newest event of a reason. */
export function lastEvent(events: readonly EventObject[], reason: string): EventObject | undefined {
  return events.filter((event) => event.reason === reason).toSorted((left, right) => timeOf(right) - timeOf(left))[0];
}

/** An event as evidence. */
export function quoteEvent({ reason, message }: EventObject): string {
  return `event ${reason}: ${message?.trim()}`;
}
