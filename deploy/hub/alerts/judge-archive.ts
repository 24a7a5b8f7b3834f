import { isRecord } from "../../../runtime/job/problem.ts";
import { ALERTS_ANNOTATION } from "../../manifests/manifest.ts";
import { hasSchedule } from "../../runs/pause.ts";
import { nextRuns } from "../../schedule/schedule.ts";
import type { Archive, KeptEntry, KeptJob, KeptRun } from "../archive/archive.ts";
import { inTransaction } from "../archive/schema.ts";
import { type Change, changesOf, closeAll, type Incident } from "./incidents.ts";
import { type Alerts, type JudgedJob, type JudgedRun, readRules } from "./judged.ts";
import { gapMessage, type Message, openedMessage, resolvedMessage } from "./message.ts";
import { judge } from "./rules.ts";
import { AlertStore } from "./store.ts";

/** Rules look at so many runs of a job, or at more where they count more. */
const RUNS_MIN = 60;
/** What is usual is seen from so many before those that are counted. */
const RUNS_BEFORE = 25;

/** A run that goes on is looked at again after this, in milliseconds: it may be taking too long. */
const ACTIVE_LOOK_MS = 30_000;

/** A gap that is shorter is a restart, and nobody is told. In milliseconds. */
const GAP_TOLD_MS = 60_000;

export interface JudgeOptions {
  readonly channels: readonly string[];
  /** Those of Alertmanager, which has to be told of every end. */
  readonly alwaysResolved?: readonly string[];
  /** For jobs that say nothing of alerts. */
  readonly usual?: Alerts;
  readonly now: () => Date;
  /** Told of alerts that a CronJob carries and that cannot be used, and of jobs that could not be judged. */
  readonly onProblem?: (text: string) => void;
}

/**
 * Judges the jobs of an archive, and writes in one transaction a job what is wrong with it and who is told. It looks at those that changed, and at others when their
 * time comes.
 */
export class ArchiveJudge {
  readonly #archive: Archive;
  readonly #store: AlertStore;
  readonly #options: JudgeOptions;
  /** Jobs of which a run changed, by namespace and name. */
  readonly #changed = new Set<string>();
  /** The version of each CronJob when it was looked at last. */
  readonly #versions = new Map<string, string>();
  /** When a job has to be looked at although nothing changed, in milliseconds since 1970. */
  readonly #nextAt = new Map<string, number>();
  readonly #problems = new Map<string, string>();
  /** Why a job could not be judged, so that each reason is told once. */
  readonly #failures = new Map<string, string>();

  constructor(archive: Archive, options: JudgeOptions) {
    this.#archive = archive;
    this.#store = new AlertStore(archive);
    this.#options = options;
    archive.onRun((run) => {
      this.#changed.add(keyOf(run.detail.entry));
      this.#keepCount(run);
    });
  }

  /**
   * Judges the jobs that changed, and those whose time has come.
   *
   * @param isWatched false for a job of which the hub sees nothing any more: it cannot be overdue, and what was open of it ends
   * @returns how many incidents changed
   */
  look(isWatched: (job: KeptJob) => boolean = () => true): number {
    const now = this.#options.now();
    let changed = 0;
    for (const job of this.#archive.jobs()) {
      const key = keyOf(job);
      const isSeen = isWatched(job);
      const seen = job.goneAt?.toISOString() ?? job.cronJob?.metadata.resourceVersion ?? "";
      const version = isSeen ? seen : "unwatched";
      const isDue = (this.#nextAt.get(key) ?? 0) <= now.getTime();
      if (!isDue && !this.#changed.has(key) && this.#versions.get(key) === version) continue;
      try {
        const looked = inTransaction(this.#archive.database, () => this.#lookAt(job, isSeen, key, now));
        changed += looked.changes;
        // Only what was committed counts as looked at: all else is looked at again.
        this.#changed.delete(key);
        this.#versions.set(key, version);
        this.#nextAt.set(key, looked.nextAt);
        this.#failures.delete(key);
      } catch (error) {
        this.#tellFailure(key, error);
      }
    }
    inTransaction(this.#archive.database, () => this.#tellGaps(now));
    // Pages that follow are only woken where there is something new.
    if (changed > 0) this.#archive.transaction(() => {});
    return changed;
  }

  /** One job that cannot be judged must not keep the others from it. It is told once, not at each look. */
  #tellFailure(key: string, error: unknown): void {
    const failure = error instanceof Error ? error.message : String(error);
    if (this.#failures.get(key) === failure) return;
    this.#failures.set(key, failure);
    this.#options.onProblem?.(`CronJob ${key} could not be judged, and is tried again: ${failure}`);
  }

  /** @returns how many incidents changed, and when to look again although nothing changes */
  #lookAt(
    job: KeptJob,
    isSeen: boolean,
    key: string,
    now: Date,
  ): { readonly changes: number; readonly nextAt: number } {
    const open = this.#store.openOf(job.namespace, job.job);
    if (job.goneAt !== undefined || job.cronJob === undefined || !isSeen) {
      const ending = job.goneAt === undefined ? "The hub no longer watches it." : "The job was removed.";
      const changes = job.goneAt === undefined && isSeen ? [] : closeAll(open, ending, now);
      return { changes: this.#write(changes, undefined, now), nextAt: Number.POSITIVE_INFINITY };
    }
    const judged = this.#judgedJob(job, key, now);
    const runs = this.#runsOf(job, judged, now);
    const verdicts = judge(judged, runs, this.#archive.gaps(), now);
    const changes = verdicts.flatMap((verdict) => {
      const isOpen = open.find(({ rule }) => rule === verdict.rule);
      const closed = isOpen === undefined ? this.#store.lastClosed(job.namespace, job.job, verdict.rule) : undefined;
      const known = {
        ...(isOpen === undefined ? {} : { open: isOpen }),
        ...(closed === undefined ? {} : { closed }),
      };
      return changesOf({ namespace: job.namespace, job: job.job }, verdict, known, this.#archive.cameAt, now);
    });
    return { changes: this.#write(changes, judged, now), nextAt: nextLook(judged, runs, now) };
  }

  #write(changes: readonly Change[], judged: JudgedJob | undefined, now: Date): number {
    for (const { change, incident } of changes) {
      this.#store.write(incident);
      if (!incident.isTold) continue;
      if (change === "opened" || change === "told") this.#tell(openedMessage(incident, now), judged, incident, now);
      if (change === "closed") this.#tell(resolvedMessage(incident, now), judged, incident, now);
    }
    return changes.length;
  }

  /** An end is told to those who were told of the beginning, or still are going to be. */
  #tell(message: Message, judged: JudgedJob | undefined, incident: Incident, now: Date): void {
    const { channels, alwaysResolved = [] } = this.#options;
    const rules = judged?.rules;
    const told = new Set(
      this.#store.messagesOf(incident.id).flatMap(({ channel, state }) => (state === "dead" ? [] : [channel])),
    );
    for (const channel of channels) {
      const isWanted =
        message.event === "resolved"
          ? told.has(channel) && (rules?.tellsRecovery !== false || alwaysResolved.includes(channel))
          : (rules?.channels?.includes(channel) ?? true);
      if (isWanted) this.#store.queue(message, channel, now);
    }
  }

  #tellGaps(now: Date): void {
    const gaps = this.#archive.gaps().filter(({ from, to }) => to.getTime() - from.getTime() >= GAP_TOLD_MS);
    for (const gap of this.#store.tellGaps(gaps)) {
      for (const channel of this.#options.channels) this.#store.queue(gapMessage(gap, now), channel, now);
    }
  }

  #judgedJob({ namespace, job, cronJob }: KeptJob, key: string, now: Date): JudgedJob {
    const { spec, status, metadata } = cronJob as NonNullable<KeptJob["cronJob"]>;
    const { schedule = "", timeZone, suspend = false, concurrencyPolicy } = spec ?? {};
    const isScheduled = cronJob !== undefined && hasSchedule(cronJob);
    const { rules, problem } = readRules(metadata.annotations?.[ALERTS_ANNOTATION], this.#options.usual);
    if (problem !== undefined && this.#problems.get(key) !== problem) {
      this.#options.onProblem?.(`CronJob ${key}: its annotation ${ALERTS_ANNOTATION} is not used: ${problem}`);
    }
    if (problem === undefined) this.#problems.delete(key);
    else this.#problems.set(key, problem);
    const form = JSON.stringify([metadata.uid, schedule, timeZone ?? "", suspend === true]);
    const last = status?.lastScheduleTime;
    return {
      namespace,
      job,
      ...(isScheduled ? { schedule } : {}),
      ...(typeof timeZone === "string" ? { timeZone } : {}),
      scheduledSince: this.#store.scheduledSince(namespace, job, form, now),
      isPaused: suspend === true,
      ...(typeof last === "string" ? { lastScheduled: new Date(last) } : {}),
      skipsOverlaps: concurrencyPolicy === "Forbid",
      rules,
    };
  }

  #runsOf({ namespace, job }: KeptJob, { rules: { failures, didNothing } }: JudgedJob, now: Date): JudgedRun[] {
    const limit = Math.max(RUNS_MIN, (failures || 0) + RUNS_BEFORE, (didNothing || 0) + RUNS_BEFORE);
    const entries = this.#archive.entriesOf(namespace, job, limit);
    const counts = this.#store.counts(entries.map(({ uid }) => uid));
    return entries.map((entry) => judgedRun(entry, counts.get(entry.uid), now));
  }

  #keepCount({ uid, kind, isFinal, detail: { entry, record } }: KeptRun): void {
    if (!isFinal || kind !== "errand" || entry.outcome !== "succeeded") return;
    const things = thingsIn(record.report.result);
    if (things !== undefined) this.#store.keepCount(uid, things);
  }
}

function keyOf({ namespace, job }: { readonly namespace: string; readonly job: string }): string {
  return `${namespace}/${job}`;
}

/** When something may be wrong although nobody does anything. */
function nextLook({ schedule, timeZone, isPaused, rules }: JudgedJob, runs: readonly JudgedRun[], now: Date): number {
  const isActive = runs.some(({ finishedAt }) => finishedAt === undefined);
  const active = isActive ? now.getTime() + ACTIVE_LOOK_MS : Number.POSITIVE_INFINITY;
  const { overdueMs } = rules;
  if (schedule === undefined || isPaused || overdueMs === false) return active;
  const zone = timeZone === undefined ? {} : { timeZone };
  const [due] = nextRuns({ schedule, ...zone }, new Date(now.getTime() - overdueMs), 1);
  return due === undefined ? active : Math.min(active, due.getTime() + overdueMs);
}

function judgedRun(entry: KeptEntry, counted: number | undefined, now: Date): JudgedRun {
  const { run, outcome, message, kind, trigger, reason, dryRun, mutations, startedAt } = entry;
  const isActive = outcome === "running" || outcome === "waiting";
  const finishedAt = isActive ? undefined : (entry.finishedAt ?? startedAt);
  const due = trigger === "schedule" ? dueOf(run, now) : undefined;
  return {
    run,
    outcome,
    ...(message === undefined ? {} : { message }),
    ...(due === undefined ? {} : { due }),
    startedAt: new Date(startedAt),
    ...(finishedAt === undefined ? {} : { finishedAt: new Date(finishedAt) }),
    // Between two attempts it has been running.
    isWaiting: outcome === "waiting" && reason !== "BackOff",
    isDryRun: dryRun,
    ...(kind === "errand" ? { changed: changedIn(mutations) } : {}),
    ...(counted === undefined ? {} : { counted }),
  };
}

/** The CronJob controller names a Job after the minute for which it starts it, which has come by then: another time is only somebody's name for a Job. https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/cronjob/utils.go */
function dueOf(run: string, now: Date): Date | undefined {
  const due = Number(/-(\d{7,10})$/.exec(run)?.[1]) * 60_000;
  return due <= now.getTime() ? new Date(due) : undefined;
}

function changedIn(mutations: KeptEntry["mutations"]): number {
  return Object.values(mutations)
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
}

/** How many things a result counts: the objects of a list, or of the lists of an object, or else its numbers. Undefined where it counts nothing. */
export function thingsIn(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length;
  if (typeof result === "number") return Number.isFinite(result) ? Math.max(0, Math.round(result)) : undefined;
  if (!isRecord(result)) return undefined;
  const lists = Object.values(result).filter((value) => Array.isArray(value));
  if (lists.length > 0) return lists.reduce((sum, list) => sum + list.length, 0);
  const numbers = Object.values(result).flatMap((value) => (typeof value === "number" && value >= 0 ? [value] : []));
  return numbers.length === 0 ? undefined : Math.round(numbers.reduce((sum, value) => sum + value, 0));
}
