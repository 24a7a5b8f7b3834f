import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isRecord } from "../../job/problem.ts";
import { EnforcedPlan } from "../../kube/plan/enforced-plan.ts";
import type { PlannedChange } from "../../kube/plan/planned-change.ts";
import { RecordedPlan } from "../../kube/plan/recorded-plan.ts";
import type { RunPlan } from "../../kube/plan/run-plan.ts";
import { InvalidPlanError } from "../report/failure.ts";

/** Records a plan, or enforces the one in a file with this SHA-256. */
export type PlanSource = "record" | { readonly file: string; readonly sha256: string };

/** As many digits of the hash as in a revision's name. */
const NAME_DIGITS = 10;

/** The SHA-256 of a plan's text, in hex: ensures that the reviewed plan is the applied one. */
export function planHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function planTitle(hash: string): string {
  return hash.slice(0, NAME_DIGITS);
}

/**
 * Loads a run's plan.
 *
 * @throws {InvalidPlanError} if the file is not that plan: the run must not start without it
 */
export function loadPlan(source: PlanSource): RunPlan {
  if (source === "record") return new RecordedPlan();
  const { file, sha256 } = source;
  try {
    const text = readFileSync(file, "utf8");
    const found = planHash(text);
    if (found !== sha256) throw new Error(`its SHA-256 is ${found}, but the run was started with ${sha256 || "none"}`);
    const document: unknown = JSON.parse(text);
    if (!isRecord(document) || !Array.isArray(document.changes)) throw new Error("it has no changes");
    return new EnforcedPlan(planTitle(found), document.changes as PlannedChange[]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidPlanError(
      `the plan cannot be read from ${file}: ${why}`,
      "make a new plan: errand trigger --plan",
    );
  }
}
