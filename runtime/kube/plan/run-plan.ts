import type { Step } from "../requests/request.ts";
import type { PlannedChange } from "./planned-change.ts";

/** What a report says of a run's plan. */
export type ReportPlan =
  | {
      /** What the rehearsal would change, in its order. */
      readonly changes: readonly PlannedChange[];
    }
  | {
      /** Of the plan that was applied. */
      readonly hash: string;
      readonly planned: number;
      readonly made: number;
      /** What was listed, and no longer is what it was: left as it is. */
      readonly changed: readonly PlannedChange[];
      /** What was listed, and the run ended without: the job did not ask for it this time, or had not come to it. */
      readonly left: readonly PlannedChange[];
    };

/** A run that makes a plan, or keeps to one. */
export interface RunPlan {
  /**
   * The pipeline's step for one pass of a job; it begins anew with each.
   *
   * @param onViolation called when the run must stop even if the job catches the error
   * @param pass whether it rehearses: then nothing is made, whatever goes through
   */
  step(onViolation: (error: Error) => void, pass: { readonly rehearses: boolean }): Step;
  report(): ReportPlan;
}
