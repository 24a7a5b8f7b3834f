import type { Step } from "../requests/request.ts";
import type { PlannedChange } from "./planned-change.ts";

/** The plan in a run's report. */
export type ReportPlan =
  | {
      /** The changes of the rehearsal, in order. */
      readonly changes: readonly PlannedChange[];
    }
  | {
      /** Hash of the applied plan. */
      readonly hash: string;
      readonly planned: number;
      readonly made: number;
      /** Planned changes whose objects have changed since: not made. */
      readonly changed: readonly PlannedChange[];
      /** Planned changes that the run did not make: the job did not request them, or ended before. */
      readonly left: readonly PlannedChange[];
    };

/** Records a plan, or enforces one. */
export interface RunPlan {
  /**
   * The pipeline's step for one pass of a job, with fresh state.
   *
   * @param onViolation called when the run must stop even if the job catches the error
   * @param pass `rehearses`: the pass is a dry run
   */
  step(onViolation: (error: Error) => void, pass: { readonly rehearses: boolean }): Step;
  report(): ReportPlan;
}
