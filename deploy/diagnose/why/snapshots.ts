import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { NAME_LABEL } from "../../manifests/manifest.ts";
import type { JobRecords } from "../../runs/fetch-jobs.ts";
import { fetchRun } from "../../runs/find-run.ts";
import { type MissingObject, type NeededObject, neededObjects } from "../../runs/history/missing-object.ts";
import { readRun } from "../../runs/history/read-run.ts";
import { type JobObject, lastPod, type PodObject } from "../../runs/history/run-objects.ts";
import type { RoleObject, RunSnapshot, ScheduleSnapshot } from "./cause.ts";

/** Reads the objects that tell why a job's schedule starts runs or not. */
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

/** Reads the objects that tell why a run does not start, or ended as it did. */
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

/** Nodes are cluster-wide, so most people may not read them. */
async function fetchNode(client: KubeClient, name: string | undefined): Promise<RunSnapshot["node"]> {
  if (name === undefined) return undefined;
  const node = ifFound(client.kube.nodes.get(name)).then((found) => found ?? ("gone" as const));
  return await unlessForbidden(node, undefined);
}

function fetchRole(client: KubeClient, namespace: string, name: string): Promise<RoleObject | undefined> {
  return unlessForbidden(ifFound(client.kube.inNamespace(namespace).roles.get(name)), undefined);
}

/** What a pod cannot start without, as far as you may read it. */
export interface Needs {
  readonly missing: readonly MissingObject[];
  /** What you may not read, such as `Secret billing`. */
  readonly unread: readonly string[];
}

/**
 * Looks for the Secrets and ConfigMaps that a pod mounts or reads, and for the keys that it names. The kubelet does not start a pod without them, and says so only
 * then.
 *
 * @param isMade true for what a deploy creates itself, such as the bundle
 */
export async function findNeeds(
  { kube }: Pick<KubeClient, "kube">,
  namespace: string,
  spec: NonNullable<PodObject["spec"]>,
  isMade: (object: NeededObject) => boolean = () => false,
): Promise<Needs> {
  const needed = neededObjects(spec).filter((object) => !isMade(object));
  const found = await Promise.all(
    needed.map(async ({ kind, name, keys }): Promise<Needs> => {
      const { secrets, configmaps } = kube.inNamespace(namespace);
      const reading = ifFound<{ data?: object; binaryData?: object }>(
        (kind === "Secret" ? secrets : configmaps).get(name),
      );
      const holder = await unlessForbidden(reading, "unread" as const);
      if (holder === "unread") return { missing: [], unread: [`${kind} ${name}`] };
      if (holder === undefined) return { missing: [{ kind, name }], unread: [] };
      const known = Object.keys({ ...holder.data, ...holder.binaryData });
      return { missing: keys.filter((key) => !known.includes(key)).map((key) => ({ kind, name, key })), unread: [] };
    }),
  );
  return { missing: found.flatMap(({ missing }) => missing), unread: found.flatMap(({ unread }) => unread) };
}

/** `Secret billing does not exist`, or `key token of Secret billing does not exist`. */
export function describeMissing({ kind, name, key }: MissingObject): string {
  return `${key === undefined ? "" : `key ${key} of `}${kind} ${name} does not exist`;
}
