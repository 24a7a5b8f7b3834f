import type { Report } from "../run/report/report.ts";

/** A run as its page shows it, wherever it was read. */
export interface ShownRun {
  readonly entry: {
    readonly namespace: string;
    readonly job: string;
    readonly run: string;
    readonly outcome: string;
    readonly dryRun: boolean;
    readonly trigger: Report["run"]["trigger"];
    readonly triggeredBy?: string;
    /** The run that it repeats. */
    readonly retryOf?: string;
    /** RFC 3339. */
    readonly startedAt: string;
    readonly durationMs: number;
    readonly attempts: number;
    readonly revision: string;
    /** What went wrong, in the run's own words. */
    readonly message?: string;
  };
  readonly record: { readonly report: Report } & (
    | { readonly phase: "waiting"; readonly waiting: { readonly message: string } }
    | { readonly phase: "running" | "finished" }
  );
  readonly timeline: readonly ShownStep[];
  readonly attempts: readonly {
    readonly attempt: number;
    readonly pod: string;
    readonly outcome: string;
    readonly durationMs?: number;
  }[];
  readonly node?: string;
  /** Of the job's container, in bytes. */
  readonly memoryLimitBytes?: number;
  /** Why it waits or ended as it did; absent where nothing is wrong. */
  readonly explanation?: ShownExplanation;
}

/** One step of a run, from what asked for it to its end. */
export interface ShownStep {
  readonly step: string;
  /** RFC 3339. */
  readonly at: string;
  /** In milliseconds; absent for a step that goes on, and for the end. */
  readonly tookMs?: number;
  /** A sentence without a full stop. */
  readonly what: string;
}

/** What is wrong, what shows it, and what to do. */
export interface ShownExplanation {
  /** One sentence without a full stop. */
  readonly what: string;
  readonly evidence: readonly string[];
  readonly next: string;
}

/** The log of a run, as far as it is kept. */
export type ShownLog =
  | { readonly kept: true; readonly lines: readonly string[] }
  /** Why there is none, as a sentence. */
  | { readonly kept: false; readonly why: string };

/** Where the files of a run are, on whatever serves its page. */
export interface RunFiles {
  readonly log: string;
  readonly result: { readonly json: string; readonly csv?: string; readonly markdown?: string };
}
