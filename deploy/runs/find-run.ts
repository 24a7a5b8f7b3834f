import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { refuseMissingNamespace } from "../cluster/choose-namespaces.ts";
import { type Cluster, ifFound, unlessForbidden } from "../cluster/connect.ts";
import { jobSelector, MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../manifests/manifest.ts";
import { jobNameOf } from "../settings/job-name.ts";
import { CommandError, TRY_LATER_EXIT_CODE, UsageError } from "../terminal/command-error.ts";
import { type CronJobObject, getJob, isObjectName } from "./find-job.ts";
import { readRun } from "./history/read-run.ts";
import { needsEvents } from "./history/recorded-run.ts";
import {
  CANCELLED_ANNOTATION,
  type EventObject,
  endCondition,
  isOrphan,
  isPodOf,
  isRunOf,
  JOB_NAME_LABEL,
  type JobObject,
  type PodObject,
  type RunObjects,
  runningContainers,
} from "./history/run-objects.ts";

/** A job by its name, or by the path of its file. */
export function jobNameIn(nameOrFile: string): string {
  return /[/\\]|\.[cm]?[jt]s$/.test(nameOrFile) ? jobNameOf(nameOrFile) : nameOrFile;
}

/**
 * The Jobs of a job's runs, newest first: those that its CronJob owns. Where there is none any more, those that are left of it, which nobody owns; what only has
 * the labels of a run is none.
 */
export async function listRuns(client: KubeClient, namespace: string, job: string): Promise<JobObject[]> {
  if (!isObjectName(job)) return [];
  const [cronJob, jobs] = await Promise.all([
    getJob(client, namespace, job),
    client.kube
      .inNamespace(namespace)
      .jobs.list({ labelSelector: jobSelector(job) })
      .toArray(),
  ]);
  return jobs
    .filter((each) => isRun(cronJob, each))
    .toSorted(
      (left, right) => createdAt(right) - createdAt(left) || (left.metadata.name < right.metadata.name ? 1 : -1),
    );
}

/** @param cronJob undefined: it is not deployed */
export function isRun(cronJob: CronJobObject | undefined, job: JobObject): boolean {
  return cronJob === undefined ? isOrphan(job) : isRunOf(cronJob, job);
}

function createdAt({ metadata }: JobObject): number {
  return Date.parse(metadata.creationTimestamp);
}

/** The Jobs of runs that have not ended. Their pods are asked too: the Job controller takes some seconds to say that a Job is over. */
export async function listActiveRuns(client: KubeClient, namespace: string, job: string): Promise<JobObject[]> {
  const open = (await listRuns(client, namespace, job)).filter((run) => endCondition(run) === undefined);
  const records = await Promise.all(open.map(async (run) => readRun(await fetchRun(client, run))));
  return open.filter((_, index) => records[index]?.phase !== "finished");
}

/**
 * Finds the run that a person means: by its own name, or the newest run of a job.
 *
 * @param nameOrFile name of a run, name of a job, or path of a job file
 * @throws {CommandError} where there is none
 */
export async function findRun(client: KubeClient, namespace: string, nameOrFile: string): Promise<JobObject> {
  const name = jobNameIn(nameOrFile);
  if (!isObjectName(name)) throw await noSuchRun(client, namespace, name);
  const run = await ifFound(client.kube.inNamespace(namespace).jobs.get(name));
  const looksLikeOne = run?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER;
  if (run !== undefined && looksLikeOne && (await isOwned(client, run))) return run;
  const [newest] = await listRuns(client, namespace, name);
  if (newest !== undefined) return newest;
  throw await noSuchRun(client, namespace, name);
}

/** Why there is no run of a name, and no job that has one: an error to throw. */
export async function noSuchRun(client: KubeClient, namespace: string, name: string): Promise<CommandError> {
  const run = isObjectName(name) ? ifFound(client.kube.inNamespace(namespace).jobs.get(name)) : undefined;
  const [found, deployed] = await Promise.all([run, getJob(client, namespace, name)]);
  const looksLikeOne = found?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER;
  if (looksLikeOne && deployed === undefined) {
    return new CommandError(`Job ${namespace}/${name} has the labels of a run, but no deployed job owns it: ignored`, {
      hint: `See who created it: kubectl get job/${name} -n ${namespace} -o yaml`,
    });
  }
  if (deployed === undefined) {
    await refuseMissingNamespace(client, namespace);
    return new UsageError(`Namespace "${namespace}" has no job and no run "${name}"`, {
      hint: `See what is there: errand ps -n ${namespace}`,
    });
  }
  return new UsageError(`Job "${name}" has no runs that Kubernetes still remembers`, {
    hint: `Run it now: errand trigger ${name} -n ${namespace} --wait`,
  });
}

async function isOwned(client: KubeClient, run: JobObject): Promise<boolean> {
  const { namespace = "", labels = {} } = run.metadata;
  return isRun(await getJob(client, namespace, labels[NAME_LABEL] ?? ""), run);
}

/** Reads all that Kubernetes still knows of a run. */
export async function fetchRun(client: KubeClient, job: JobObject): Promise<RunObjects> {
  const ofJob = listEventsOf(client, job);
  const pods = listPods(client, job.metadata.namespace ?? "", job);
  await Promise.all([ofJob, pods]);
  return await withAllEvents(client, job, await pods, await ofJob);
}

/** Adds events to a run's Job and pods where these do not tell alone how it stands. */
export async function withEvents(client: KubeClient, job: JobObject, pods: readonly PodObject[]): Promise<RunObjects> {
  if (!needsEvents(job, pods)) return { job, pods, events: [] };
  return await withAllEvents(client, job, pods, await listEventsOf(client, job));
}

/** Adds the events of pods, also of those that are gone: a Job's deadline takes its pods away. */
async function withAllEvents(
  client: KubeClient,
  job: JobObject,
  pods: readonly PodObject[],
  ofJob: readonly EventObject[],
): Promise<RunObjects> {
  const { namespace = "" } = job.metadata;
  const known = pods.map((pod) => pod.metadata.name);
  const gone = createdPods(ofJob).filter((pod) => !known.includes(pod));
  const events = await Promise.all([
    ...pods.map((pod) => listEventsOf(client, pod)),
    ...gone.map((pod) => listEvents(client, namespace, `involvedObject.kind=Pod,involvedObject.name=${pod}`)),
  ]);
  return { job, pods, events: [...ofJob, ...events.flat()] };
}

function listEventsOf(client: KubeClient, { metadata }: JobObject | PodObject): Promise<EventObject[]> {
  return listEvents(client, metadata.namespace ?? "", `involvedObject.uid=${metadata.uid}`);
}

/** The pods that the Job controller says it has made. https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/controller_utils.go */
function createdPods(events: readonly EventObject[]): string[] {
  return events.flatMap(({ message }) => /^Created pod: (\S+)/.exec(message ?? "")?.[1] ?? []);
}

/** Those that the Job controller made for this Job; a label alone can be anybody's. */
export async function listPods(client: KubeClient, namespace: string, job: JobObject): Promise<PodObject[]> {
  const labelSelector = `${JOB_NAME_LABEL}=${job.metadata.name}`;
  const found = await client.kube.inNamespace(namespace).pods.list({ labelSelector }).toArray();
  return found.filter((pod) => isPodOf(job, pod));
}

/** Events only explain: who may not read them is told less, and everything else works. */
async function listEvents(client: KubeClient, namespace: string, fieldSelector: string): Promise<EventObject[]> {
  return await unlessForbidden(client.kube.inNamespace(namespace).events.list({ fieldSelector }).toArray(), []);
}

/**
 * Refuses what must not be done while a job runs. Kubernetes itself counts only the runs of the schedule; here a run is a run, whoever started it.
 *
 * @param hint what the person can do
 * @throws {CommandError} that names the active runs
 */
export async function refuseActive(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  job: string,
  hint: string,
): Promise<void> {
  const active = await listActiveRuns(client, namespace, job);
  if (active.length === 0) return;
  const names = active.map(({ metadata }) => metadata.name).join(", ");
  throw new CommandError(`Job "${job}" is running (${names})`, { hint, exitCode: TRY_LATER_EXIT_CODE });
}

/**
 * Finds the run that is to be ended: by its own name, or the only active one of a job.
 *
 * @param nameOrFile name of a run, name of a job, or path of a job file
 * @throws {CommandError} where none is active, or several of a job are
 */
export async function findActiveRun(client: KubeClient, namespace: string, nameOrFile: string): Promise<RunObjects> {
  const job = jobNameIn(nameOrFile);
  const active = await listActiveRuns(client, namespace, job);
  if (active.length > 1) {
    throw new UsageError(`Job "${job}" has ${active.length} active runs`, {
      hint: `Choose one: ${active.map(({ metadata }) => metadata.name).join(", ")}`,
    });
  }
  const objects = await fetchRun(client, active[0] ?? (await findRun(client, namespace, nameOrFile)));
  const record = readRun(objects);
  if (record.phase !== "finished" || isKeptAlive(objects)) return objects;
  const { id } = record.report.run;
  throw new UsageError(
    id === job
      ? `Run ${id} has already ended (${record.report.outcome})`
      : `Job "${job}" has no active run; the last one, ${id}, has ended (${record.report.outcome})`,
    { hint: `To stop its schedule: errand pause ${record.report.job} -n ${namespace}` },
  );
}

/** True for a run that is over, and whose Job is not: another container keeps the pod, and nothing but a cancel ends it. */
function isKeptAlive({ job, pods }: RunObjects): boolean {
  const isCancelled = job.metadata.annotations?.[CANCELLED_ANNOTATION] !== undefined;
  return !isCancelled && endCondition(job) === undefined && pods.some((pod) => runningContainers(pod).length > 0);
}
