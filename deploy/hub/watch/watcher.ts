// Watches CronJobs, Jobs and pods, and keeps each run in the archive: while it goes on, and for good when it has ended, with its log. It only reads.

import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { WatchEvent } from "../../../runtime/kube/surface/call-results.ts";
import type { KubeObject, Returned } from "../../../runtime/kube/surface/objects.ts";
import { inPlace } from "../../cluster/connect.ts";
import { cronJobSelector } from "../../runs/fetch-jobs.ts";
import { type CronJobObject, isErrandsJob } from "../../runs/find-job.ts";
import { isPodOf, JOB_NAME_LABEL, type JobObject, type PodObject } from "../../runs/history/run-objects.ts";
import { EVERY_JOB_SELECTOR } from "../../runs/job-summary.ts";
import type { Archive, JobKind } from "../archive/archive.ts";
import { RunQueue } from "./run-queue.ts";
import { type Owner, TrackedRun } from "./tracked-run.ts";
import { goneRun } from "./watched-run.ts";

export interface WatcherOptions {
  /** Undefined: all, as far as `isWatched` says so. */
  readonly namespaces: readonly string[] | undefined;
  /** Narrows all namespaces. Default: each of them. */
  readonly isWatched?: (namespace: string) => boolean;
  /** True: also CronJobs that errand did not make. */
  readonly allCronJobs: boolean;
  readonly now?: () => Date;
  /** Told what went wrong and is tried again. */
  readonly onProblem: (text: string) => void;
  /** Ends the watcher. */
  readonly signal: AbortSignal;
}

const CONCURRENCY = 8;
/** Runs that wait to be read before the watches are held up. */
const QUEUE_LENGTH = 400;
const SETTLE_MS = 200;
/** Until a run that is being cancelled has its report. */
const LOOK_AGAIN_MS = 5_000;

/** Keeps what a cluster tells of its runs. */
export class Watcher {
  readonly #client: KubeClient;
  readonly #archive: Archive;
  readonly #options: WatcherOptions;
  readonly #queue: RunQueue;
  /** By uid of their Jobs; those that are kept for good are let go. */
  readonly #tracked = new Map<string, TrackedRun>();
  /** By uid of CronJobs. */
  readonly #owners = new Map<string, Owner>();
  readonly #owned = Promise.withResolvers<void>();
  readonly #now: () => Date;

  constructor(client: KubeClient, archive: Archive, options: WatcherOptions) {
    this.#client = client;
    this.#archive = archive;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    const { signal } = options;
    this.#queue = new RunQueue((uid) => this.#keep(uid), {
      ...{ concurrency: CONCURRENCY, length: QUEUE_LENGTH, settleMs: SETTLE_MS, signal },
      onProblem: (uid, error) => options.onProblem(`Run ${this.#tracked.get(uid)?.name ?? uid}: ${messageOf(error)}`),
    });
    for (const job of archive.jobs()) {
      const uid = job.cronJob?.metadata.uid;
      if (uid !== undefined) this.#owners.set(uid, job);
    }
  }

  /**
   * Watches until the signal ends it.
   *
   * @param onReady called once everything that is there has been told
   * @throws where something may not be watched
   */
  async watch(onReady: () => void = () => {}): Promise<void> {
    const { signal } = this.#options;
    const failed = new AbortController();
    const places = this.#options.namespaces ?? [undefined];
    const cronJobs = places.map((place) => this.#watchCronJobs(place, failed.signal));
    const jobs = places.map((place) => this.#watchJobs(place, failed.signal));
    const pods = places.map((place) => this.#watchPods(place, failed.signal));
    const all = [...cronJobs, ...jobs, ...pods];
    void Promise.all(cronJobs.map(({ synced }) => synced)).then(
      () => this.#owned.resolve(),
      () => {},
    );
    void Promise.all(all.map(({ synced }) => synced)).then(
      () => {
        this.#loseRuns(places);
        onReady();
      },
      () => {},
    );
    try {
      await Promise.race([
        Promise.all(all.map(({ ended }) => ended)),
        new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve(), { once: true });
        }),
      ]);
    } finally {
      failed.abort();
    }
  }

  /** Resolves when every run that was told of is kept. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  #watchCronJobs(place: string | undefined, signal: AbortSignal) {
    const seen = new Set<string>();
    const labelSelector = this.#options.allCronJobs ? undefined : cronJobSelector(undefined);
    const { cronjobs } = inPlace(this.#client, place);
    return this.#follow<CronJobObject>(
      (options) => cronjobs.watch({ ...options, ...(labelSelector === undefined ? {} : { labelSelector }) }),
      signal,
      {
        onSynced: () => this.#loseJobs(place, seen),
        onEvent: (type, cronJob) => {
          const { uid, namespace = "", name } = cronJob.metadata;
          if (type === "DELETED") return this.#archive.loseJob(namespace, name);
          const kind = isErrandsJob(cronJob) ? "errand" : "cronjob";
          if (kind === "cronjob" && !this.#options.allCronJobs) return;
          seen.add(uid);
          this.#owners.set(uid, { namespace, job: name, kind });
          this.#archive.keepJob(kind, slimmed(cronJob));
          for (const [run, tracked] of this.#tracked) if (tracked.ownerUid === uid) this.#queue.addLater(run, 0);
        },
      },
    );
  }

  #watchJobs(place: string | undefined, signal: AbortSignal) {
    const { jobs } = inPlace(this.#client, place);
    const selection = this.#options.allCronJobs ? {} : { labelSelector: EVERY_JOB_SELECTOR };
    return this.#follow<JobObject>((options) => jobs.watch({ ...options, ...selection }), signal, {
      onEvent: async (type, job) => {
        const { uid } = job.metadata;
        const tracked = this.#tracked.get(uid);
        if (type === "DELETED") {
          if (tracked === undefined) return;
          tracked.isGone = true;
        } else if (tracked !== undefined) tracked.job = job;
        else if (this.#isNew(job)) this.#tracked.set(uid, new TrackedRun(this.#client, job));
        else return;
        await this.#queue.add(uid);
      },
    });
  }

  #watchPods(place: string | undefined, signal: AbortSignal) {
    const { pods } = inPlace(this.#client, place);
    const labelSelector = this.#options.allCronJobs ? JOB_NAME_LABEL : `${JOB_NAME_LABEL},${EVERY_JOB_SELECTOR}`;
    return this.#follow<PodObject>((options) => pods.watch({ ...options, labelSelector }), signal, {
      onEvent: async (type, pod) => {
        const owner = pod.metadata.ownerReferences?.find(
          ({ kind, controller }) => kind === "Job" && controller === true,
        );
        const tracked = this.#tracked.get(owner?.uid ?? "");
        // Of a Job that is not known yet the pods are asked for.
        if (tracked === undefined || !isPodOf(tracked.job, pod)) return;
        if (type !== "DELETED" || "status" in pod) tracked.see(pod);
        await this.#queue.add(tracked.uid);
      },
    });
  }

  /** Follows one watch; what it tells is taken one by one, so that a full queue holds it up. */
  #follow<T extends Returned<KubeObject>>(
    watch: (options: { signal: AbortSignal; onInterruption: (error: unknown) => void }) => AsyncIterable<WatchEvent<T>>,
    failed: AbortSignal,
    handle: {
      readonly onEvent: (type: "ADDED" | "MODIFIED" | "DELETED", object: T) => unknown;
      readonly onSynced?: () => void;
    },
  ): { readonly synced: Promise<void>; readonly ended: Promise<void> } {
    const synced = Promise.withResolvers<void>();
    synced.promise.catch(() => {});
    const { onProblem, isWatched = () => true } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, failed]);
    const onInterruption = (error: unknown) => onProblem(`A watch was interrupted, and goes on: ${messageOf(error)}`);
    const follow = async (): Promise<void> => {
      try {
        for await (const event of watch({ signal, onInterruption })) {
          if (event.type === "SYNCED") {
            handle.onSynced?.();
            synced.resolve();
          } else if (isWatched(event.object.metadata.namespace ?? "")) {
            await handle.onEvent(event.type, event.object as T);
          }
        }
      } catch (error) {
        synced.reject(error);
        if (!signal.aborted) throw error;
      }
    };
    const ended = follow();
    ended.catch(() => {});
    return { synced: synced.promise, ended };
  }

  /** A run of some CronJob, that is not kept for good. */
  #isNew(job: JobObject): boolean {
    const isOwned = (job.metadata.ownerReferences ?? []).some(({ kind }) => kind === "CronJob");
    return isOwned && this.#archive.entry(job.metadata.uid)?.isFinal !== true;
  }

  async #keep(uid: string): Promise<void> {
    await this.#owned.promise;
    const tracked = this.#tracked.get(uid);
    if (tracked === undefined) return;
    const owner = this.#owners.get(tracked.ownerUid ?? "");
    if (owner === undefined || owner.namespace !== tracked.job.metadata.namespace) {
      // Its CronJob may be told later; a Job that only claims to have one never is a run.
      if (tracked.isGone) this.#tracked.delete(uid);
      return;
    }
    const { signal, onProblem } = this.#options;
    const before = this.#archive.detail(uid);
    const { run, logs } = await tracked.read(owner, before, { now: this.#now(), signal, onProblem });
    const wasGone = tracked.isGone;
    const kept =
      wasGone && !run.isFinal
        ? goneRun(run.detail, run.kind, "its Job was deleted before it was known how it ended", this.#now())
        : run;
    this.#archive.keepRun(kept, logs);
    tracked.logsKept(logs);
    if (kept.isFinal) this.#tracked.delete(uid);
    else if (run.detail.record.phase === "finished") this.#queue.addLater(uid, LOOK_AGAIN_MS);
  }

  /** Of what it does not look at it cannot tell that it is gone. */
  #sees(namespace: string, kind: JobKind): boolean {
    const { isWatched = () => true, allCronJobs } = this.#options;
    return isWatched(namespace) && (kind === "errand" || allCronJobs);
  }

  /** CronJobs of which only the archive knows. */
  #loseJobs(place: string | undefined, seen: ReadonlySet<string>): void {
    for (const { namespace, job, kind, cronJob, goneAt } of this.#archive.jobs()) {
      const isOurs = (place === undefined || namespace === place) && this.#sees(namespace, kind);
      if (isOurs && goneAt === undefined && !seen.has(cronJob?.metadata.uid ?? ""))
        this.#archive.loseJob(namespace, job);
    }
  }

  /** Runs that went on when the hub last saw them, and whose Jobs are gone: nobody knows how they ended. */
  #loseRuns(places: readonly (string | undefined)[]): void {
    const gap = this.#archive.gaps().at(-1);
    const when = gap === undefined ? "" : `, between ${gap.from.toISOString()} and ${gap.to.toISOString()}`;
    for (const { uid, kind, namespace } of this.#archive.openEntries()) {
      const isOurs = places.some((place) => place === undefined || place === namespace) && this.#sees(namespace, kind);
      const last = this.#archive.detail(uid);
      if (!isOurs || last === undefined || this.#tracked.has(uid)) continue;
      this.#archive.keepRun(
        goneRun(last, kind, `its Job went while the hub was away${when}: how it ended is not known`, this.#now()),
      );
    }
  }
}

/** Without what nobody reads: what `kubectl apply` noted, and the fields of managers but for those who may have suspended it. */
function slimmed(cronJob: CronJobObject): CronJobObject {
  const { managedFields = [], annotations = {}, ...metadata } = cronJob.metadata;
  const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...kept } = annotations;
  const suspenders = managedFields
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1)?.includes('"f:suspend"'))
    .map((each) => ({ ...each, fieldsV1: { "f:spec": { "f:suspend": {} } } }));
  return { ...cronJob, metadata: { ...metadata, annotations: kept, managedFields: suspenders } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
