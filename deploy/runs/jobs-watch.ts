import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { inPlace } from "../cluster/connect.ts";
import { LiveObjects } from "../cluster/live-objects.ts";
import { cronJobSelector, fetchJobs, type JobRecords, joinRecords, type ReadRun, readRecord } from "./fetch-jobs.ts";
import { type CronJobObject, isErrandsJob } from "./find-job.ts";
import { needsEvents, type RecordedRun } from "./history/recorded-run.ts";
import type { JobObject, PodObject } from "./history/run-objects.ts";
import { EVERY_JOB_SELECTOR } from "./job-summary.ts";

/** What only events tell of a run that waits is asked for again after so long, in milliseconds. */
const EVENTS_MS = 5_000;
/** A run that begins or ends changes several objects, and a busy cluster is no reason to draw all the time. In milliseconds. */
const SETTLE_MS = 300;

export interface JobsWatchOptions {
  /** Undefined: all. */
  readonly namespace: string | undefined;
  /** Selects among the CronJobs; undefined: all. */
  readonly labels?: string | undefined;
  /** How long to wait at most for a change, and between two looks where nothing can be watched, in milliseconds. */
  readonly lookMs: number;
  /** Told why a watch was interrupted; it goes on by itself unless this says false. */
  readonly onInterruption: (error: unknown) => boolean;
}

interface KnownRun {
  readonly versions: string;
  readonly readAt: number;
  readonly run: RecordedRun;
}

/**
 * Knows every deployed job with its runs: CronJobs, Jobs and pods are watched, so that nothing but the events of some runs is asked for after the first
 * three requests. Who may not watch asks for all of it again and again.
 */
export class JobsWatch implements Disposable {
  readonly #client: KubeClient;
  readonly #options: JobsWatchOptions;
  readonly #live: LiveObjects;
  readonly #cronJobs: ReadonlyMap<string, CronJobObject>;
  readonly #jobs: ReadonlyMap<string, JobObject>;
  readonly #pods: ReadonlyMap<string, PodObject>;
  /** By uid of their Jobs. */
  #known: ReadonlyMap<string, KnownRun> = new Map();

  constructor(client: KubeClient, options: JobsWatchOptions) {
    this.#client = client;
    this.#options = options;
    this.#live = new LiveObjects(options.onInterruption);
    const { cronjobs, jobs, pods } = inPlace(client, options.namespace);
    const ofCronJobs = { labelSelector: cronJobSelector(options.labels) };
    const ofRuns = { labelSelector: EVERY_JOB_SELECTOR };
    this.#cronJobs = this.#live.keep((watch) => cronjobs.watch({ ...watch, ...ofCronJobs }));
    this.#jobs = this.#live.keep((watch) => jobs.watch({ ...watch, ...ofRuns }));
    this.#pods = this.#live.keep((watch) => pods.watch({ ...watch, ...ofRuns }));
  }

  /** Every deployed job with its runs as they are now, by namespace and name. */
  async look(): Promise<JobRecords[]> {
    const { namespace, labels } = this.#options;
    if (!(await this.#live.areComplete())) {
      const jobs = await fetchJobs(this.#client, namespace, labels);
      this.#live.resume();
      return jobs;
    }
    const cronJobs = [...this.#cronJobs.values()].filter(isErrandsJob);
    const seen = new Map<string, KnownRun>();
    const read: ReadRun = async (job, pods) => {
      const run = await this.#read(job, pods);
      seen.set(job.metadata.uid, run);
      return run.run;
    };
    const joined = await joinRecords(cronJobs, [...this.#jobs.values()], [...this.#pods.values()], read);
    this.#known = seen;
    return joined;
  }

  /** Waits until something has happened, it is time to look anyway, or the signal says that waiting is over. */
  async change(signal: AbortSignal): Promise<void> {
    const { lookMs } = this.#options;
    await this.#live.change(signal, { watchedMs: lookMs, askedMs: lookMs, settleMs: Math.min(SETTLE_MS, lookMs) });
  }

  [Symbol.dispose](): void {
    this.#live[Symbol.dispose]();
  }

  /** Events are asked for where the Job or its pods changed, and now and then while it waits. */
  async #read(job: JobObject, pods: readonly PodObject[]): Promise<KnownRun> {
    const versions = JSON.stringify([job, ...pods].map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
    const known = this.#known.get(job.metadata.uid);
    if (known?.versions === versions) {
      const isSettled = known.run.record.phase === "finished" || !needsEvents(job, pods);
      if (isSettled || Date.now() - known.readAt < EVENTS_MS) return known;
    }
    return { versions, readAt: Date.now(), run: await readRecord(this.#client, job, pods) };
  }
}
