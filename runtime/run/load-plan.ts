import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isRecord } from "../job/problem.ts";
import { EnforcedPlan } from "../kube/plan/enforced-plan.ts";
import type { PlannedChange } from "../kube/plan/planned-change.ts";
import { RecordedPlan } from "../kube/plan/recorded-plan.ts";
import type { RunPlan } from "../kube/plan/run-plan.ts";
import { InvalidPlanError } from "./invalid-error.ts";

/** So many digits of the hash say which plan: as many as of a revision. */
export const PLAN_HASH_DIGITS = 10;

/** The hash over a plan's text: what a person looks at is what is applied. */
export function planHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, PLAN_HASH_DIGITS);
}

/**
 * Makes the plan of a run.
 *
 * @param plan `record`, or the file of a plan to keep to
 * @throws {InvalidPlanError} for a file that holds no plan: the run must not begin without one
 */
export function loadPlan(plan: string): RunPlan {
  if (plan === "record") return new RecordedPlan();
  try {
    const text = readFileSync(plan, "utf8");
    const document: unknown = JSON.parse(text);
    if (!isRecord(document) || !Array.isArray(document.changes)) throw new Error("it has no changes");
    return new EnforcedPlan(planHash(text), document.changes as PlannedChange[]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidPlanError(
      `the plan cannot be read from ${plan}: ${why}`,
      "trigger it again: errand trigger --apply",
    );
  }
}
