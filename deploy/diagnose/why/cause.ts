import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { Returned } from "../../../runtime/kube/surface/objects.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import type { MissingObject } from "../../runs/history/missing-object.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import type { EventObject, PodObject, RunObjects } from "../../runs/history/run-objects.ts";

/** One answer to why: what happened, what shows it, and what to do. */
export interface Explanation {
  /** One sentence without a full stop. */
  readonly what: string;
  /** What Kubernetes or the run itself said, and where. */
  readonly evidence: readonly string[];
  /** A command, or what to change. */
  readonly next: string;
}

/** A cause that a snapshot of objects may show. A new one goes into the list of its kind. */
export interface Cause<Name extends string, Snapshot> {
  readonly name: Name;
  /** @returns undefined if this is not the cause */
  readonly find: (snapshot: Snapshot) => Explanation | undefined;
}

/** A cause that applies, with its explanation. */
export type Finding<Name extends string> = Explanation & { readonly cause: Name };

export type QuotaObject = Returned<BuiltinObjects["resourcequotas"]>;
export type NodeObject = Returned<BuiltinObjects["nodes"]>;
export type RoleObject = Returned<BuiltinObjects["roles"]>;

/** The objects that tell why a schedule starts runs or not. */
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

/** The objects that tell why a run does not start, or ended as it did. */
export interface RunSnapshot {
  readonly namespace: string;
  readonly job: string;
  readonly run: string;
  readonly objects: RunObjects;
  readonly record: RunRecord;
  /** The pod of the last attempt; absent if it is gone. */
  readonly pod: PodObject | undefined;
  /** Empty if you may not read them. */
  readonly quotas: readonly QuotaObject[];
  /** The node that the pod is bound to; absent if there is none or you may not read nodes. */
  readonly node?: NodeObject | "gone" | undefined;
  /** The job's own Role; absent if there is none or you may not read it. */
  readonly role: RoleObject | undefined;
  /** Secrets and ConfigMaps that the pod waits for, as far as you may read them. Default: none known. */
  readonly missing?: readonly MissingObject[];
}

/** When an event was last seen; the three fields come from three ages of the API. */
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
