import type { HttpCounts } from "../../http/http.ts";
import type { Json } from "../../job/definition.ts";
import type { CascadeReport } from "../../kube/pipeline/cascades.ts";
import type { MutationCounts } from "../../kube/pipeline/stats.ts";
import type { ReportPlan } from "../../kube/plan/run-plan.ts";
import type { Outcome } from "./outcome.ts";

/** Which run this is; the same for all of its retries, except `attempt`. */
export interface RunIdentity {
  /** Name of the Kubernetes Job. */
  readonly id: string;
  /** When the run was scheduled, RFC 3339; absent for one triggered by hand. */
  readonly scheduledTime?: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly trigger: "schedule" | "manual" | "local";
  /** Who triggered a manual run, as the API server knows the person; absent where that is not known. */
  readonly triggeredBy?: string;
}

export interface ReportError {
  /** A stable word, such as `Forbidden`, `NotDeclared`, `LimitExceeded` or the error's name. */
  readonly reason: string;
  readonly message: string;
  /** What to do next, where that is known. */
  readonly hint?: string;
  /** The first lines of the stack, where the job itself threw. */
  readonly stack?: string;
}

/** The Node of a pod. */
export interface ReportNode {
  /** Such as `v26.10.0`. */
  readonly version: string;
}

/** What a run leaves behind: the same document at the status endpoint, in the log's last line and in the termination message. */
export interface Report {
  readonly apiVersion: "errand/v1";
  readonly kind: "Report";
  readonly job: string;
  readonly namespace: string;
  readonly revision: string;
  readonly run: RunIdentity;
  /** `running` until the run ends: what a killed process leaves behind. */
  readonly outcome: Outcome | "running";
  readonly dryRun: boolean;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly progress?: Json;
  readonly mutations: MutationCounts;
  /** What the rehearsal would have changed; present where the run was rehearsed. */
  readonly rehearsal?: { readonly mutations: MutationCounts };
  /** Calls of `http` in the context, by method and host; present where there were any. */
  readonly http?: HttpCounts;
  /** What else would go with the objects that the rehearsal or the dry run deleted; present where there is anything. */
  readonly cascades?: CascadeReport;
  /** What a planning run would change, or how far a run came that keeps to a plan. */
  readonly plan?: ReportPlan;
  readonly requests: number;
  readonly retries: number;
  /** Waited because the API server asked for it (429), in milliseconds; absent where it never did. An eviction that a budget holds back does not count. */
  readonly throttledMs?: number;
  readonly peakMemoryBytes: number;
  /** What ran it; absent for a run outside of a pod. */
  readonly node?: ReportNode;
  readonly error?: ReportError;
  /** From the API server's Warning headers. */
  readonly warnings?: readonly string[];
  /** Names of the parts left out to fit the termination message. */
  readonly dropped?: readonly string[];
}
