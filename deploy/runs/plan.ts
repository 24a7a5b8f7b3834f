import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import type { PlannedChange } from "../../runtime/kube/plan/planned-change.ts";
import { planHash, planTitle } from "../../runtime/run/pod/load-plan.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { type Cluster, ifFound } from "../cluster/connect.ts";
import { MANAGED_BY_LABEL, MANAGER, REVISION_LABEL } from "../manifests/manifest.ts";
import { type MountedParams, PLAN_FILE } from "../manifests/manual-job.ts";
import type { Params } from "../params/read-params.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { findJob } from "./find-job.ts";
import type { JobObject } from "./history/run-objects.ts";
import { runParams } from "./run-params.ts";
import { createRun } from "./trigger-run.ts";

/** What a run would change, and with which code and parameters it would. */
export interface Plan {
  readonly apiVersion: "errand/v1";
  readonly kind: "Plan";
  readonly job: string;
  readonly namespace: string;
  readonly revision: string;
  readonly params: Params;
  /** The Secret of the run that made it, and the salted hash of what is in there. */
  readonly secretParams?: MountedParams;
  readonly changes: readonly PlannedChange[];
}

/** A plan and the hash over it: who applies the hash applies this. */
export interface HashedPlan {
  readonly hash: string;
  /** All of it: the first digits are only its name, and another plan with the same could be found by trying. */
  readonly sha256: string;
  readonly plan: Plan;
  /** The bytes that the hash is over. */
  readonly text: string;
}

/** A ConfigMap takes 1 MiB. */
export const PLAN_BYTES_MAX = 2 ** 20 - 4_096;

/** No label of a job's own: what has those is a revision of its code. */
const PLAN_OF_LABEL = "errand/plan-of";

/** Makes the plan of a planning run from its report; undefined where the report has none. */
export function planOf(report: Report, params: Params, secretParams?: MountedParams): HashedPlan | undefined {
  const { plan: reported, job, namespace, revision } = report;
  if (reported === undefined || !("changes" in reported)) return undefined;
  const { changes } = reported;
  const given = { params, ...(secretParams === undefined ? {} : { secretParams }) };
  const plan: Plan = { apiVersion: "errand/v1", kind: "Plan", job, namespace, revision, ...given, changes };
  const text = JSON.stringify(plan);
  const sha256 = planHash(text);
  return { hash: planTitle(sha256), sha256, plan, text };
}

/** What the ConfigMap of a plan is called. @param hash all of it, or its first digits */
export function planName(job: string, hash: string): string {
  return `errand-plan-${job}-${planTitle(hash)}`;
}

/** The ConfigMap of a plan. It belongs to the run that made it, and goes with that. */
export function planConfigMap({ hash, plan, text }: HashedPlan, run: JobObject): BuiltinObjects["configmaps"] {
  const { name, uid } = run.metadata;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: planName(plan.job, hash),
      namespace: plan.namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGER, [PLAN_OF_LABEL]: plan.job },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid }],
    },
    immutable: true,
    data: { [PLAN_FILE]: text },
  };
}

/** Reads a plan; undefined for text that is none, or not what the hash is over. @param hash all of it, or its first digits */
export function readPlan(text: string | undefined, hash: string): Plan | undefined {
  if (text === undefined || !planHash(text).startsWith(hash)) return undefined;
  const value: unknown = JSON.parse(text);
  return isRecord(value) && value.kind === "Plan" && Array.isArray(value.changes)
    ? (value as object as Plan)
    : undefined;
}

/**
 * Keeps what a planning run would change, under its hash.
 *
 * @param report of the run, as its log has it in full
 * @throws {CommandError} where the report holds no plan, or one that is too large
 */
export async function keepPlan(client: KubeClient, run: JobObject, report: Report): Promise<HashedPlan> {
  const { params, secretParams } = runParams(run);
  const made = planOf(report, params, secretParams);
  if (made === undefined) {
    const isDropped = report.dropped?.includes("plan");
    throw new CommandError(`Run ${report.run.id} left no plan${isDropped ? " in its short report" : ""}`, {
      hint: isDropped
        ? "The plan is in the last line of its log: reading it takes the right to get pods/log."
        : `Its revision ${report.revision} does not support plans: deploy the job again.`,
    });
  }
  if (made.text.length > PLAN_BYTES_MAX) {
    throw new CommandError(`The plan has ${made.plan.changes.length} changes: too many for a ConfigMap`, {
      hint: "Plan less at once: narrow it with the job's parameters.",
    });
  }
  try {
    await client.kube.inNamespace(made.plan.namespace).configmaps.create(planConfigMap(made, run));
  } catch (error) {
    // The same changes of the same objects were planned before.
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
  return made;
}

/** Its name, or more of it: what `--plan` prints is the whole, which nobody can forge. */
const HASH = /^[0-9a-f]{10,64}$/;

/**
 * Starts a run that does what a plan lists, and nothing else.
 *
 * @param hash of the plan, 10 digits of it at least. The pod is given all of it
 * @throws {CommandError} where there is no such plan, or other code is deployed by now
 */
export async function applyPlan(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  job: string,
  hash: string,
  force: boolean,
): Promise<JobObject> {
  const again = `Plan again: errand trigger ${job} -n ${namespace} --plan`;
  if (!HASH.test(hash))
    throw new UsageError(`--apply ${hash}: a plan's hash has 10 hexadecimal digits, or all 64 of them`, {
      hint: again,
    });
  const cronJob = await findJob(client, namespace, job);
  const configMap = planName(job, hash);
  const kept = await ifFound(client.kube.inNamespace(namespace).configmaps.get(configMap));
  if (kept === undefined)
    throw new UsageError(`Job "${job}" has no plan ${hash} in namespace "${namespace}"`, {
      hint: `A plan is deleted with its run. ${again}`,
    });
  const text = kept.data?.[PLAN_FILE] ?? "";
  const plan = readPlan(text, hash);
  if (plan === undefined || plan.job !== job || plan.namespace !== namespace)
    throw new CommandError(`ConfigMap ${configMap} does not hold plan ${hash}`, { hint: again });
  const revision = cronJob.metadata.labels?.[REVISION_LABEL];
  if (plan.revision !== revision)
    throw new CommandError(`Plan ${hash} was made by revision ${plan.revision}, but ${revision} is deployed now`, {
      hint: again,
    });
  const { params, secretParams } = plan;
  return await createRun({ client, namespace }, cronJob, {
    params,
    secretParams,
    dryRun: false,
    force,
    plan: { configMap, sha256: planHash(text) },
  });
}
