import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference, type ObjectReference, referenceOf } from "../cluster/references.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { renderManifests } from "../manifests/render.ts";
import { writeParams } from "../params/read-params.ts";
import type { PreparedJob } from "../project/prepare.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { scheduleParams } from "../runs/run-params.ts";
import { describeSchedule } from "../schedule/schedule.ts";
import { applyManifests, type Change, inParallel, type OnJobState, PARALLEL_JOBS } from "./apply.ts";
import { describeUnserved, withScopes } from "./find-scopes.ts";
import { PodFieldError } from "./pod-field-error.ts";
import { describeLeftover, type Leftover, prune } from "./prune.ts";
import { describePause, respectPause } from "./respect-pause.ts";
import { recordDeploy } from "./revisions/record-deploy.ts";
import { verifyDeployed } from "./verify.ts";

/** What a deploy did for one job in one namespace. */
export interface Deployed {
  readonly job: string;
  readonly namespace: string;
  readonly context: string;
  readonly revision: string;
  readonly changes: readonly Change[];
  /** What was applied although it may be a mistake. */
  readonly warnings?: readonly string[];
  /** What it no longer declares and could not be removed: the deploy is not whole. */
  readonly notRemoved?: readonly ObjectReference[];
  /** What happens now, and what the person may want to do, in one line. */
  readonly next: string;
}

export interface DeployOptions {
  readonly dryRun: boolean;
  /** Takes fields that another manager owns. */
  readonly force: boolean;
  /** Applies also what admission lets nobody try: then a deploy may stop half-way. */
  readonly allowUntried?: boolean;
  /** Told how far each job came, for a deploy that fails. */
  readonly onJobState?: OnJobState | undefined;
}

interface Plan {
  readonly job: PreparedJob;
  readonly manifests: readonly Manifest[];
  readonly warnings: readonly string[];
  /** Why its schedule does not go on, in words. */
  readonly pause: string | undefined;
}

/** What of a cluster a deploy needs. */
export type DeployTarget = Pick<Cluster, "client" | "namespace" | "context">;

/**
 * Deploys jobs to one namespace, all or none: the API server tries every object of all of them first. Then they are applied in order, what they no
 * longer need is removed, and what is there is compared with what was sent.
 */
export async function deployJobs(
  target: DeployTarget,
  jobs: readonly PreparedJob[],
  { dryRun, force, allowUntried = false, onJobState }: DeployOptions,
): Promise<Deployed[]> {
  const { client, namespace, context } = target;
  const now = new Date();
  const plans = await Promise.all(jobs.map((job) => plan(target, job, now)));
  const all = plans.flatMap(({ manifests }) => manifests);
  const untried: ObjectReference[] = [];
  const onUntried = allowUntried ? { untried: (object: ObjectReference) => void untried.push(object) } : {};
  const applied = new Map<string, Returned<KubeObject>>();
  const onApplied = (object: Returned<KubeObject>) => applied.set(describeReference(referenceOf(object)), object);
  const changes = await applyManifests(client, all, { dryRun, force, onApplied, ...onUntried, onJobState }).catch(
    (error: unknown) => {
      if (!(error instanceof PodFieldError)) throw error;
      throw error.from(jobs.find(({ name }) => name === error.job)?.origins ?? []);
    },
  );
  const begun = plans.map((each) => ({ ...each, changes: changes.splice(0, each.manifests.length) }));
  return await inParallel(begun, PARALLEL_JOBS, async ({ job, manifests, warnings, pause, changes }) => {
    const { name } = job;
    const left: Leftover[] = [];
    const removed: ObjectReference[] = [];
    if (!dryRun) {
      removed.push(...(await prune(client, { name, namespace }, manifests, (each) => left.push(each))));
      await verifyDeployed(client, { name, namespace }, manifests, { force, untried, applied });
    }
    const next = dryRun ? "Nothing was applied: this was a dry run." : describeNext(job, namespace, pause);
    const ofJob = new Set(changes.map(({ object }) => describeReference(object)));
    const blind = untried.map(describeReference).filter((each) => ofJob.has(each));
    const all = [
      ...warnings,
      ...blind.map((each) => `${name}: ${each} was applied without a dry run and not compared afterwards`),
      ...left.map((each) => `${name}: ${describeLeftover(each)}`),
    ];
    const failed = left.filter(({ isFailure }) => isFailure).map(({ object }) => object);
    return {
      job: name,
      namespace,
      context,
      revision: job.bundle.hash,
      changes: [...changes, ...removed.map((object): Change => ({ object, change: "removed" }))],
      ...(all.length === 0 ? {} : { warnings: all }),
      ...(failed.length === 0 ? {} : { notRemoved: failed }),
      next,
    };
  });
}

async function plan({ client, namespace }: DeployTarget, job: PreparedJob, now: Date): Promise<Plan> {
  const warnings: string[] = [];
  const known = await withScopes(client, job, (rule, error) =>
    warnings.push(`${job.name}: ${describeUnserved(rule, error)}`),
  );
  const rendered = renderManifests({ ...known, namespace });
  const recorded = await recordDeploy(client, { name: job.name, namespace, revision: job.bundle.hash }, rendered, now);
  const aware = await respectPause(client, recorded);
  warnings.push(...droppedParams(job, aware.deployed));
  return { job, warnings, manifests: aware.manifests, pause: describePause(aware, job.name, namespace) };
}

/** What is deployed is what the command and the configuration say, so that a parameter of an earlier deploy goes without a word in either. */
function droppedParams({ name, settings }: PreparedJob, deployed: CronJobObject | undefined): string[] {
  const before = (deployed && scheduleParams(deployed)) ?? {};
  const dropped = Object.entries(before).filter(([param]) => !Object.hasOwn(settings.params ?? {}, param));
  if (dropped.length === 0) return [];
  return [
    `${name}: removed from its schedule: ${writeParams(Object.fromEntries(dropped))}; a deploy uses only the parameters of -p and errand.config.ts`,
  ];
}

function describeNext(
  { name, definition, settings }: PreparedJob,
  namespace: string,
  pause: string | undefined,
): string {
  if (pause !== undefined) return pause;
  const withParams = settings.params === undefined ? "" : ` with ${writeParams(settings.params)}`;
  const when =
    definition.schedule === undefined
      ? `${name} has no schedule`
      : `${name} runs on its schedule (${describeSchedule(definition.schedule)}, ${definition.timeZone ?? "Etc/UTC"})${withParams}`;
  return `${when}; to run it now: errand trigger ${name} -n ${namespace} --wait`;
}
