import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { NAME_LABEL } from "../../manifests/manifest.ts";
import type { JobRecords } from "../../runs/fetch-jobs.ts";
import { fetchRun } from "../../runs/find-run.ts";
import { readRun } from "../../runs/history/read-run.ts";
import { type JobObject, lastPod } from "../../runs/history/run-objects.ts";
import { findNeeds } from "./missing-objects.ts";
import type { RoleObject, RunSnapshot, ScheduleSnapshot } from "./snapshots.ts";

/** Reads what tells why a job's schedule starts runs or not. */
export async function fetchScheduleSnapshot(
  client: KubeClient,
  { cronJob, runs }: Pick<JobRecords, "cronJob" | "runs">,
  now: Date,
): Promise<ScheduleSnapshot> {
  const { name: job, namespace = "", uid } = cronJob.metadata;
  const fieldSelector = { "involvedObject.uid": uid };
  const events = await unlessForbidden(client.kube.inNamespace(namespace).events.list({ fieldSelector }).toArray(), []);
  const active = runs.filter(({ record }) => record.phase !== "finished");
  return {
    now,
    namespace,
    job,
    cronJob,
    events,
    active: active.map((run) => run.job.metadata.name),
    runs: runs.length,
  };
}

/** Reads what tells why a run stands as it does. */
export async function fetchRunSnapshot(client: KubeClient, namespace: string, run: JobObject): Promise<RunSnapshot> {
  const objects = await fetchRun(client, run);
  const record = readRun(objects);
  const job = run.metadata.labels?.[NAME_LABEL] ?? run.metadata.name;
  const denied = record.report.outcome === "denied";
  const pod = lastPod(objects.pods);
  const [quotas, role, node, needs] = await Promise.all([
    unlessForbidden(client.kube.inNamespace(namespace).resourcequotas.list().toArray(), []),
    denied ? fetchRole(client, namespace, job) : undefined,
    record.phase === "finished" ? undefined : fetchNode(client, pod?.spec?.nodeName),
    record.phase === "waiting" && pod?.spec != null ? findNeeds(client, namespace, pod.spec) : undefined,
  ]);
  return {
    namespace,
    job,
    run: run.metadata.name,
    objects,
    record,
    pod,
    quotas,
    node,
    role,
    missing: needs?.missing ?? [],
  };
}

/** Nodes belong to the whole cluster: most people may not read them. */
async function fetchNode(client: KubeClient, name: string | undefined): Promise<RunSnapshot["node"]> {
  if (name === undefined) return undefined;
  const node = ifFound(client.kube.nodes.get(name)).then((found) => found ?? ("gone" as const));
  return await unlessForbidden(node, undefined);
}

function fetchRole(client: KubeClient, namespace: string, name: string): Promise<RoleObject | undefined> {
  return unlessForbidden(ifFound(client.kube.inNamespace(namespace).roles.get(name)), undefined);
}
