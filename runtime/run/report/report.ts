import type { HttpCounts } from "../../http/http.ts";
import type { Json } from "../../job/definition.ts";
import type { CascadeReport } from "../../kube/pipeline/cascades.ts";
import type { MutationCounts } from "../../kube/pipeline/stats.ts";
import type { ReportPlan } from "../../kube/plan/run-plan.ts";
import type { MemoryReport } from "./memory-trend.ts";
import type { Outcome } from "./outcome.ts";

/** Identifies a run; the same for all retries, except `attempt`. */
export interface RunIdentity {
  /** Name of the Kubernetes Job. */
  readonly id: string;
  /** Scheduled time, RFC 3339; absent for a manual run. */
  readonly scheduledTime?: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly trigger: "schedule" | "manual" | "local";
  /** The user that triggered a manual run, as the API server knows it; absent if unknown. */
  readonly triggeredBy?: string;
}

export interface ReportError {
  /** Stable, such as `Forbidden`, `NotDeclared`, `LimitExceeded` or the error's name. */
  readonly reason: string;
  readonly message: string;
  /** What to do next, if known. */
  readonly hint?: string;
  /** The first lines of the stack, if the job itself threw. */
  readonly stack?: string;
}

/** The Node of a pod. */
export interface ReportNode {
  /** Such as `v26.10.0`. */
  readonly version: string;
}

/** Verb, then resource, then status code, then how often. */
export type RequestCounts = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** A run's report: the same document at the status endpoint, in the log's last line and in the termination message. */
export interface Report {
  readonly apiVersion: "errand/v1";
  readonly kind: "Report";
  readonly job: string;
  readonly namespace: string;
  readonly revision: string;
  readonly run: RunIdentity;
  /** `running` until the run ends, and in the report of a killed process. */
  readonly outcome: Outcome | "running";
  readonly dryRun: boolean;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly progress?: Json;
  readonly mutations: MutationCounts;
  /** What the rehearsal would have changed; present if the run was rehearsed. */
  readonly rehearsal?: { readonly mutations: MutationCounts };
  /** Calls of `http` in the context, by method and host; present where there were any. */
  readonly http?: HttpCounts;
  /** Dependents that would be deleted with the objects of the rehearsal or dry run; absent if none. */
  readonly cascades?: CascadeReport;
  /** What a planning run would change, or the progress of a run that applies a plan. */
  readonly plan?: ReportPlan;
  readonly requests: number;
  readonly retries: number;
  /** The requests by verb, resource and status code, `none` where there was no answer; of the first 500 such combinations. */
  readonly requestCounts?: RequestCounts;
  /** Time waited after 429 answers, in milliseconds; absent if none. Evictions blocked by a budget do not count. */
  readonly throttledMs?: number;
  readonly peakMemoryBytes: number;
  /** Memory over time; absent for a run of less than a second, and outside of a pod. */
  readonly memory?: MemoryReport;
  /** Absent for a run outside a pod. */
  readonly node?: ReportNode;
  readonly error?: ReportError;
  /** From the API server's Warning headers. */
  readonly warnings?: readonly string[];
  /** Names of the parts left out to fit the termination message. */
  readonly dropped?: readonly string[];
}
