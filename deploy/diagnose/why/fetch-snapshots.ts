import type { ClusterApi } from "../../cluster/cluster-api.ts";
import { unlessForbidden } from "../../cluster/unless-forbidden.ts";
import { NAME_LABEL } from "../../manifests/manifest.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import { fetchRun, listActiveRuns, listRuns } from "../../runs/find-run.ts";
import { readRun } from "../../runs/history/read-run.ts";
import { type EventObject, type JobObject, lastPod } from "../../runs/history/run-objects.ts";
import type { NodeObject, QuotaObject, RoleObject, RunSnapshot, ScheduleSnapshot } from "./snapshots.ts";

/** Reads what tells why a job's schedule starts runs or not. */
export async function fetchScheduleSnapshot(
  api: ClusterApi,
  namespace: string,
  cronJob: CronJobObject,
  now: Date,
): Promise<ScheduleSnapshot> {
  const { name: job, uid } = cronJob.metadata;
  const kind = { apiVersion: "v1", kind: "Event", namespace };
  const [events, active, runs] = await Promise.all([
    unlessForbidden(api.list<EventObject>(kind, { fieldSelector: `involvedObject.uid=${uid}` }), []),
    listActiveRuns(api, namespace, job),
    listRuns(api, namespace, job),
  ]);
  return {
    now,
    namespace,
    job,
    cronJob,
    events,
    active: active.map(({ metadata }) => metadata.name),
    runs: runs.length,
  };
}

/** Reads what tells why a run stands as it does. */
export async function fetchRunSnapshot(api: ClusterApi, namespace: string, run: JobObject): Promise<RunSnapshot> {
  const objects = await fetchRun(api, run);
  const record = readRun(objects);
  const job = run.metadata.labels?.[NAME_LABEL] ?? run.metadata.name;
  const denied = record.report.outcome === "denied";
  const pod = lastPod(objects.pods);
  const [quotas, role, node] = await Promise.all([
    unlessForbidden(api.list<QuotaObject>({ apiVersion: "v1", kind: "ResourceQuota", namespace }, {}), []),
    denied ? fetchRole(api, namespace, job) : undefined,
    record.phase === "finished" ? undefined : fetchNode(api, pod?.spec?.nodeName),
  ]);
  return { namespace, job, run: run.metadata.name, objects, record, pod, quotas, node, role };
}

/** Nodes belong to the whole cluster: most people may not read them. */
async function fetchNode(api: ClusterApi, name: string | undefined): Promise<RunSnapshot["node"]> {
  if (name === undefined) return undefined;
  const reference = { apiVersion: "v1", kind: "Node", name };
  return await unlessForbidden<RunSnapshot["node"]>(
    api.get<NodeObject>(reference).then((node) => node ?? "gone"),
    undefined,
  );
}

function fetchRole(api: ClusterApi, namespace: string, name: string): Promise<RoleObject | undefined> {
  const reference = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", namespace, name };
  return unlessForbidden(api.get<RoleObject>(reference), undefined);
}
