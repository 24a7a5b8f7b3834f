// Where commands and pages read jobs and runs. They know this interface and nothing of what is behind it: the live cluster, or a hub's archive.
import type { Finding } from "../diagnose/why/cause.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import type { RunSummary } from "../runs/history/recorded-run.ts";
import type { JobSummary } from "../runs/job-summary.ts";
import { CommandError, USAGE_EXIT_CODE } from "../terminal/command-error.ts";
import type { IncidentSource } from "./incidents.ts";
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

/** A run by its own name, or the newest run of a job. */
export type RunOrJob = RunRef | JobRef;

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
  /** What it was given, without secret values. */
  readonly params?: unknown;
  /** True where its job is no longer deployed: then nobody vouches for the run. */
  readonly isOrphan?: true;
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
  /** At most this many; absent: all. */
  readonly limit?: number;
}

/** A parameter, and the value that it has as text: `10m`, `3`, `{"app":"web"}`. A list of values has each of them. */
export interface ParamFilter {
  readonly name: string;
  readonly value: string;
}

/** What a list of runs can be narrowed to. A run must meet all of it. */
export interface RunFilter {
  /** Without a namespace: jobs of that name in every namespace of the source. */
  readonly job?: { readonly job: string; readonly namespace?: string };
  /** Outcomes, of which a run must have one. */
  readonly outcomes?: readonly string[];
  /** Started at or after this. */
  readonly since?: Date;
  readonly trigger?: "schedule" | "hand" | "retry";
  /** Who triggered it, in full. */
  readonly by?: string;
  readonly params?: readonly ParamFilter[];
  /** Leaves out failures after which a later real run of the job succeeded. A dry run recovers nothing. */
  readonly hideRecovered?: boolean;
  readonly hideDryRuns?: boolean;
  readonly after?: string;
  /** At most this many; absent: all. */
  readonly limit?: number;
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

/** Runs, and how many of them have each outcome whatever outcomes the filter asks for. */
export interface RunPage extends Page<RunEntry> {
  readonly outcomes: Readonly<Record<string, number>>;
  /** That of the schedule of the one job that the filter names, as an IANA name. */
  readonly timeZone?: string;
  /** Why older runs that the filter selects may be missing, as a sentence; absent where none are. */
  readonly missing?: string;
}

/** A job with what its page shows. */
export interface JobDetail extends JobEntry {
  readonly timeoutMs?: number;
  readonly concurrency: string;
  /** JSON Schema of its parameters. */
  readonly paramsSchema?: unknown;
  /** Why its schedule starts nothing; absent where it does. */
  readonly explanation?: Finding<string>;
  /** Its newest run, dry runs too; absent where it has none. */
  readonly newest?: RunRecord;
}

/** An attempt of a run: one pod. */
export interface Attempt {
  readonly attempt: number;
  readonly pod: string;
  readonly outcome: string;
  readonly durationMs?: number;
}

/** What the API server says happened to a run's Job or pods. */
export interface RunEvent {
  /** When it was last seen, RFC 3339. */
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** `Job sweep-kt2c4`, `Pod sweep-kt2c4-0-x7f2p`. */
  readonly about: string;
  /** How often it was seen. */
  readonly count: number;
}

/** A run with what its page shows. What it changed is in its record's report. */
export interface RunDetail {
  /** That of its Job. */
  readonly uid: string;
  readonly entry: RunEntry;
  readonly record: RunRecord;
  readonly timeline: readonly TimelineStep[];
  /** The last first. */
  readonly attempts: readonly Attempt[];
  /** Oldest first, as far as they are kept. */
  readonly events: readonly RunEvent[];
  readonly node?: string;
  /** Of the job's container, in bytes. */
  readonly memoryLimitBytes?: number;
  /** Why it waits or ended as it did; absent where nothing is wrong. */
  readonly explanation?: Finding<string>;
  /** Why it could not be asked how far it is, as a sentence: then the record says only what Kubernetes knows. */
  readonly notice?: string;
}

/** The log of a run as a page shows it, as far as it is kept. */
export type RunLog =
  | {
      readonly kept: true;
      readonly lines: readonly string[];
      readonly isWhole: boolean;
      /** What of it is not kept, as a sentence. */
      readonly note?: string;
    }
  /** Why there is none, as a sentence. */
  | { readonly kept: false; readonly why: string };

/** Which lines of a log. */
export interface LogOptions {
  /** `previous`: the one before the last. Default: the last. */
  readonly attempt?: number | "previous";
  /** Only so many of the last lines. */
  readonly tail?: number;
  /** Only lines that were written in so many last milliseconds. */
  readonly sinceMs?: number;
  /** Goes on until the run ends, where it still runs. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** A log as it is read. */
export interface LogLines {
  readonly lines: AsyncIterable<string>;
  /** What of it is not kept, as a sentence. */
  readonly note?: string;
}

/** The log of a run is not kept: its message is a sentence that says why. */
export class LogGone extends CommandError {
  constructor(why: string, hint?: string) {
    super(why, { hint, exitCode: USAGE_EXIT_CODE });
  }
}

/** Jobs and runs, from wherever they are kept. Every method reads anew. */
export interface RunSource {
  /** Where it reads: a context and a namespace, all where it is absent. */
  readonly place: {
    readonly context: string;
    readonly namespace?: string;
    /** True for what a hub has kept, where nobody can act. */
    readonly isArchive?: true;
  };
  jobs(filter: JobFilter): Promise<JobPage>;
  /** @returns undefined where there is no such job */
  job(job: JobRef): Promise<JobDetail | undefined>;
  /** Newest first. */
  runs(filter: RunFilter): Promise<RunPage>;
  /** @returns undefined where there is no such run */
  run(run: RunOrJob): Promise<RunDetail | undefined>;
  /**
   * The lines that a run wrote, as it wrote them; the last line of a run that ended has its whole report.
   *
   * @returns undefined where there is no such run
   * @throws {LogGone} where its log is not kept, {UsageError} where it has had no such attempt
   */
  log(run: RunOrJob, options?: LogOptions): Promise<LogLines | undefined>;
  /** Why there is neither a job nor a run of a name, and what to do: an error to throw. */
  unknown(namespace: string, name: string): Promise<CommandError>;
  /** What is wrong, where somebody looks out for it: absent for the live cluster. */
  readonly incidents?: IncidentSource;
  /** Yields whenever something may have changed, until the signal ends it. */
  changes(signal: AbortSignal): AsyncIterable<void>;
}
