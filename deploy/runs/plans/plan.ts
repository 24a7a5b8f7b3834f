import { isRecord } from "../../../runtime/job/problem.ts";
import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { PlannedChange } from "../../../runtime/kube/plan/planned-change.ts";
import { planHash, planTitle } from "../../../runtime/run/pod/load-plan.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { MANAGED_BY_LABEL, MANAGER } from "../../manifests/manifest.ts";
import { type MountedParams, PLAN_FILE } from "../../manifests/manual-job.ts";
import type { Params } from "../../params/read-params.ts";
import type { JobObject } from "../history/run-objects.ts";

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
