import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference, type ObjectReference, referenceOf } from "../cluster/references.ts";
import { jobSelector, REVISION_LABEL } from "../manifests/manifest.ts";
import { writeParams } from "../params/read-params.ts";
import type { PreparedJob } from "../project/prepare.ts";
import { type CronJobObject, findJob } from "../runs/find-job.ts";
import { listRuns } from "../runs/find-run.ts";
import { isRunOf, type JobObject } from "../runs/history/run-objects.ts";
import { scheduleParams } from "../runs/run-params.ts";
import { describeSchedule } from "../schedule/schedule.ts";
import { applyManifests, inParallel } from "./apply.ts";
import { withFieldSource } from "./explain-refusal.ts";
import { describePause, type FittedManifests, fitManifests } from "./fit-manifests.ts";
import { describeLeftover, type Leftover, prune } from "./prune.ts";
import type { Change, OnJobState } from "./try-manifests.ts";
import { verifyDeployed } from "./verify.ts";

/** What a deploy did for one job in one namespace. */
export interface Deployed {
  readonly job: string;
  readonly namespace: string;
  readonly context: string;
  readonly revision: string;
  readonly changes: readonly Change[];
  /** Possible mistakes, which were applied nevertheless. */
  readonly warnings?: readonly string[];
  /** What the job no longer declares but could not be removed: the deploy is incomplete. */
  readonly notRemoved?: readonly ObjectReference[];
  /** What happens next, and what the person may want to do, in one line. */
  readonly next: string;
}

export interface DeployOptions {
  readonly dryRun: boolean;
  /** Takes fields that another manager owns. */
  readonly force: boolean;
  /** Also applies what admission does not let anybody try; the deploy may then stop half-way. */
  readonly allowUntried?: boolean;
  /** Told how far each job has come, for a deploy that fails. */
  readonly onJobState?: OnJobState | undefined;
}

/** Where a deploy goes. */
export type DeployTarget = Pick<Cluster, "client" | "namespace" | "context">;

/**
 * Deploys jobs to one namespace, all or none: the API server first validates every object of all of them in a dry run. Then they are applied in order, what
 * they no longer need is removed, and what is in the cluster is compared with what was sent.
 */
export async function deployJobs(
  target: DeployTarget,
  jobs: readonly PreparedJob[],
  { dryRun, force, allowUntried = false, onJobState }: DeployOptions,
): Promise<Deployed[]> {
  const { client } = target;
  const now = new Date();
  const fitted = await Promise.all(jobs.map(async (job) => ({ job, ...(await fitManifests(target, job, now)) })));
  const all = fitted.flatMap(({ manifests }) => manifests);
  const untried: ObjectReference[] = [];
  const onUntried = allowUntried ? { untried: (object: ObjectReference) => void untried.push(object) } : {};
  const applied = new Map<string, Returned<KubeObject>>();
  const onApplied = (object: Returned<KubeObject>) => applied.set(describeReference(referenceOf(object)), object);
  const changes = await applyManifests(client, all, { dryRun, force, onApplied, ...onUntried, onJobState }).catch(
    (error: unknown) => {
      throw withFieldSource(error, jobs);
    },
  );
  const begun = fitted.map((each) => ({ ...each, changes: changes.splice(0, each.manifests.length) }));
  return await inParallel(begun, async (each) => {
    const identity = { name: each.job.name, namespace: target.namespace };
    const left: Leftover[] = [];
    if (dryRun) return describeOne(target, each, { left, untried, next: "Nothing was applied: this was a dry run." });
    const removed = await prune(client, identity, each.manifests, (leftover) => left.push(leftover));
    await verifyDeployed(client, identity, each.manifests, { force, untried, applied });
    const changed = [...each.changes, ...removed.map((object): Change => ({ object, change: "removed" }))];
    const next = describePause(each, identity.name, identity.namespace) ?? describeNext(each.job, target.namespace);
    return describeOne(target, { ...each, changes: changed }, { left, untried, next });
  });
}

interface DeployedJob extends FittedManifests {
  readonly job: PreparedJob;
  readonly changes: readonly Change[];
}

function describeOne(
  { namespace, context }: DeployTarget,
  { job, changes, warnings, deployed }: DeployedJob,
  {
    left,
    untried,
    next,
  }: { readonly left: readonly Leftover[]; readonly untried: readonly ObjectReference[]; readonly next: string },
): Deployed {
  const { name } = job;
  const ofJob = new Set(changes.map(({ object }) => describeReference(object)));
  const blind = untried.map(describeReference).filter((each) => ofJob.has(each));
  const all = [
    ...warnings,
    ...droppedParams(job, deployed),
    ...blind.map((each) => `${name}: ${each} was applied without a dry run and not compared afterwards`),
    ...left.map((each) => `${name}: ${describeLeftover(each)}`),
  ];
  const failed = left.filter(({ isFailure }) => isFailure).map(({ object }) => object);
  return {
    ...{ job: name, namespace, context, revision: job.bundle.hash, changes },
    ...(all.length === 0 ? {} : { warnings: all }),
    ...(failed.length === 0 ? {} : { notRemoved: failed }),
    next,
  };
}

/** Only the command and the configuration count, so a parameter of an earlier deploy that neither mentions goes away. */
function droppedParams({ name, settings }: PreparedJob, deployed: CronJobObject | undefined): string[] {
  const before = (deployed && scheduleParams(deployed)) ?? {};
  const dropped = Object.entries(before).filter(([param]) => !Object.hasOwn(settings.params ?? {}, param));
  if (dropped.length === 0) return [];
  return [
    `${name}: removed from its schedule: ${writeParams(Object.fromEntries(dropped))}; a deploy uses only the parameters of -p and errand.config.ts`,
  ];
}

function describeNext({ name, definition, settings }: PreparedJob, namespace: string): string {
  const withParams = settings.params === undefined ? "" : ` with ${writeParams(settings.params)}`;
  const when =
    definition.schedule === undefined
      ? `${name} has no schedule`
      : `${name} runs on its schedule (${describeSchedule(definition.schedule)}, ${definition.timeZone ?? "Etc/UTC"})${withParams}`;
  return `${when}; to run it now: errand trigger ${name} -n ${namespace} --wait`;
}

interface JobKey {
  readonly name: string;
  readonly namespace: string;
}

/** The uids of a job's runs before a deploy, which tell them from its first one after it. */
export async function knownRuns(client: KubeClient, { name, namespace }: JobKey): Promise<ReadonlySet<string>> {
  return new Set((await listRuns(client, namespace, name)).map(({ metadata }) => metadata.uid));
}

/**
 * Waits for the first run of a deployed revision, whoever triggers it, with a watch.
 *
 * @param known uids of earlier runs
 * @param signal ends the waiting
 * @returns undefined where the signal came first
 */
export async function firstRun(
  client: KubeClient,
  { name, namespace, revision }: JobKey & { readonly revision: string },
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<JobObject | undefined> {
  const cronJob = await findJob(client, namespace, name);
  const labelSelector = `${jobSelector(name)},${REVISION_LABEL}=${revision}`;
  for await (const event of client.kube.inNamespace(namespace).jobs.watch({ labelSelector, signal })) {
    if (event.type !== "ADDED") continue;
    const { object } = event;
    if (isRunOf(cronJob, object) && !known.has(object.metadata.uid)) return object;
  }
  return undefined;
}
