// Where runs are read from, whoever shows them: pages, and later the hub's archive, know this interface and nothing of what is behind it.
import type { Explanation } from "../diagnose/why/finding.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import type { RunSummary } from "../runs/history/recorded-run.ts";
import type { JobSummary } from "../runs/job-summary.ts";
import type { TimelineStep } from "./timeline.ts";

/** A job of a namespace. */
export interface JobRef {
  readonly namespace: string;
  readonly job: string;
}

/** A run of a namespace. */
export interface RunRef {
  readonly namespace: string;
  readonly run: string;
}

/** One page of a list. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** Entries that the filter selects, on all pages. */
  readonly total: number;
  /** How many entries are before this page. */
  readonly offset: number;
  /** Where the next page begins; absent on the last. */
  readonly after?: string;
}

/** A run as lists show it. */
export interface RunEntry extends RunSummary {
  readonly namespace: string;
  readonly job: string;
  /** What went wrong, in the run's own words. */
  readonly message?: string;
  /** What it was given, as far as it was not secret. */
  readonly params?: unknown;
}

/** A job as lists show it. */
export interface JobEntry extends JobSummary {
  readonly description?: string;
  /** Its newest runs, oldest first, without dry runs; at most {@link RECENT_RUNS}. */
  readonly recent: readonly RunEntry[];
  /** Of the ended ones among `recent`. */
  readonly succeeded: number;
  readonly ended: number;
  /** Median duration of those that succeeded, in milliseconds. */
  readonly medianMs?: number;
  /** Why a person should look; absent where all is well. */
  readonly attention?: "overdue" | "failing";
}

/** How many runs a strip shows. */
export const RECENT_RUNS = 30;

/** What a list of jobs can be narrowed to. */
export interface JobFilter {
  /** Part of a name or of a description, in any case. */
  readonly search?: string;
  readonly state?: "attention" | "running" | "paused";
  readonly after?: string;
  /** At most this many. */
  readonly limit: number;
}

/** What a list of runs can be narrowed to. */
export interface RunFilter {
  readonly job?: JobRef;
  /** Outcomes, of which a run must have one. */
  readonly outcomes?: readonly string[];
  /** Started at or after this. */
  readonly since?: Date;
  readonly trigger?: "schedule" | "hand" | "retry";
  /** Who triggered it. */
  readonly by?: string;
  /** A parameter and its value, as text. */
  readonly param?: { readonly name: string; readonly value: string };
  /** Leaves out failures after which a later run of the job succeeded. */
  readonly hideRecovered?: boolean;
  readonly hideDryRuns?: boolean;
  readonly after?: string;
  readonly limit: number;
}

/** The jobs of a source, and how many there are of each state whatever the filter. */
export interface JobPage extends Page<JobEntry> {
  readonly counts: {
    readonly all: number;
    readonly attention: number;
    readonly running: number;
    readonly paused: number;
  };
}

/** Runs, and how many have each outcome where only the outcome is not filtered. */
export interface RunPage extends Page<RunEntry> {
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A job with what its page shows. */
export interface JobDetail extends JobEntry {
  readonly timeoutMs?: number;
  readonly concurrency: string;
  /** JSON Schema of its parameters. */
  readonly paramsSchema?: unknown;
  /** Why its schedule starts nothing; absent where it does. */
  readonly explanation?: Explanation;
}

/** An attempt of a run: one pod. */
export interface Attempt {
  readonly attempt: number;
  readonly pod: string;
  readonly outcome: string;
  readonly durationMs?: number;
}

/** A run with what its page shows. */
export interface RunDetail {
  readonly entry: RunEntry;
  readonly record: RunRecord;
  readonly timeline: readonly TimelineStep[];
  readonly attempts: readonly Attempt[];
  readonly node?: string;
  /** Of the job's container, in bytes. */
  readonly memoryLimitBytes?: number;
  /** Why it waits or ended as it did; absent where nothing is wrong. */
  readonly explanation?: Explanation;
}

/** The log of a run, as far as it is kept. */
export type RunLog =
  | { readonly kept: true; readonly lines: readonly string[]; readonly isWhole: boolean }
  /** Why there is none, as a sentence. */
  | { readonly kept: false; readonly why: string };

/** Jobs and runs, from wherever they are kept. Every method reads anew. */
export interface RunSource {
  /** Where it reads: a context and a namespace, all where it is absent. */
  readonly place: { readonly context: string; readonly namespace?: string };
  jobs(filter: JobFilter): Promise<JobPage>;
  /** @returns undefined where there is no such job */
  job(job: JobRef): Promise<JobDetail | undefined>;
  /** Newest first. */
  runs(filter: RunFilter): Promise<RunPage>;
  /** @returns undefined where there is no such run */
  run(run: RunRef): Promise<RunDetail | undefined>;
  log(run: RunRef): Promise<RunLog>;
  /** Yields whenever something may have changed, until the signal ends it. */
  changes(signal: AbortSignal): AsyncIterable<void>;
}
