import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { jobSelector, MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../manifests/manifest.ts";
import { jobNameOf } from "../settings/job-name.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type CronJobObject, getJob } from "./find-job.ts";
import { readRun } from "./history/read-run.ts";
import {
  type EventObject,
  endCondition,
  isOrphan,
  isPodOf,
  isRunOf,
  JOB_NAME_LABEL,
  type JobObject,
  type PodObject,
  type RunObjects,
} from "./history/run-objects.ts";

/** A job by its name, or by the path of its file. */
export function jobNameIn(word: string): string {
  return /[/\\]|\.[cm]?[jt]s$/.test(word) ? jobNameOf(word) : word;
}

/**
 * The Jobs of a job's runs, newest first: those that its CronJob owns. Where there is none any more, those that are left of it, which nobody owns; what only has
 * the labels of a run is none.
 */
export async function listRuns(api: ClusterApi, namespace: string, job: string): Promise<JobObject[]> {
  const kind = { apiVersion: "batch/v1", kind: "Job", namespace };
  const [cronJob, jobs] = await Promise.all([
    getJob(api, namespace, job),
    api.list<JobObject>(kind, { labelSelector: jobSelector(job) }),
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
export async function listActiveRuns(api: ClusterApi, namespace: string, job: string): Promise<JobObject[]> {
  const open = (await listRuns(api, namespace, job)).filter((run) => endCondition(run) === undefined);
  const records = await Promise.all(open.map(async (run) => readRun(await fetchRun(api, run))));
  return open.filter((_, index) => records[index]?.phase !== "finished");
}

/**
 * Finds the run that a person means: by its own name, or the newest run of a job.
 *
 * @param word name of a run, name of a job, or path of a job file
 * @throws {CommandError} where there is none
 */
export async function findRun(api: ClusterApi, namespace: string, word: string): Promise<JobObject> {
  const name = jobNameIn(word);
  const run: JobObject | undefined = await api.get({ apiVersion: "batch/v1", kind: "Job", namespace, name });
  const looksLikeOne = run?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER;
  if (run !== undefined && looksLikeOne && (await isOwned(api, run))) return run;
  const [newest] = await listRuns(api, namespace, name);
  if (newest !== undefined) return newest;
  const deployed = await api.get({ apiVersion: "batch/v1", kind: "CronJob", namespace, name });
  if (run !== undefined && looksLikeOne && deployed === undefined) {
    throw new CommandError(
      `Job ${namespace}/${name} has the labels of a run, and no deployed job owns it: it is not believed`,
      {
        hint: `See what it is, and who made it: kubectl get job/${name} -n ${namespace} -o yaml`,
      },
    );
  }
  if (deployed === undefined)
    throw new CommandError(`Namespace "${namespace}" has no job and no run "${name}"`, {
      hint: `See what is there: errand ps -n ${namespace}`,
    });
  throw new CommandError(`Job "${name}" has no runs that Kubernetes remembers`, {
    hint: `Run it now: errand trigger ${name} -n ${namespace} --wait`,
  });
}

async function isOwned(api: ClusterApi, run: JobObject): Promise<boolean> {
  const { namespace = "", labels = {} } = run.metadata;
  return isRun(await getJob(api, namespace, labels[NAME_LABEL] ?? ""), run);
}

/** Reads all that Kubernetes still knows of a run: events also of pods that are gone, since a Job's deadline takes its pods away. */
export async function fetchRun(api: ClusterApi, job: JobObject): Promise<RunObjects> {
  const { namespace = "", uid } = job.metadata;
  const [pods, ofJob] = await Promise.all([
    listPods(api, namespace, job),
    listEvents(api, namespace, `involvedObject.uid=${uid}`),
  ]);
  const known = pods.map((pod) => pod.metadata.name);
  const gone = createdPods(ofJob).filter((pod) => !known.includes(pod));
  const selectors = [
    ...pods.map((pod) => `involvedObject.uid=${pod.metadata.uid}`),
    ...gone.map((pod) => `involvedObject.kind=Pod,involvedObject.name=${pod}`),
  ];
  const events = await Promise.all(selectors.map((selector) => listEvents(api, namespace, selector)));
  return { job, pods, events: [...ofJob, ...events.flat()] };
}

/** The pods that the Job controller says it has made. https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/controller_utils.go */
function createdPods(events: readonly EventObject[]): string[] {
  return events.flatMap(({ message }) => /^Created pod: (\S+)/.exec(message ?? "")?.[1] ?? []);
}

/** Those that the Job controller made for this Job; a label alone can be anybody's. */
async function listPods(api: ClusterApi, namespace: string, job: JobObject): Promise<PodObject[]> {
  const labelSelector = `${JOB_NAME_LABEL}=${job.metadata.name}`;
  const found = await api.list<PodObject>({ apiVersion: "v1", kind: "Pod", namespace }, { labelSelector });
  return found.filter((pod) => isPodOf(job, pod));
}

/** Events only explain: who may not read them is told less, and everything else works. */
async function listEvents(api: ClusterApi, namespace: string, fieldSelector: string): Promise<EventObject[]> {
  try {
    return await api.list({ apiVersion: "v1", kind: "Event", namespace }, { fieldSelector });
  } catch (error) {
    if (hasReason(error, "Forbidden")) return [];
    throw error;
  }
}
