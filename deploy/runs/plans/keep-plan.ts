import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { hasReason } from "../../../runtime/kube/errors/api-error.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { CommandError } from "../../terminal/command-error.ts";
import type { JobObject } from "../history/run-objects.ts";
import { runParams } from "../run-params.ts";
import { type HashedPlan, PLAN_BYTES_MAX, planConfigMap, planOf } from "./plan.ts";

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
