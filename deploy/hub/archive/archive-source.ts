import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "../../../runtime/job/problem.ts";
import { explainSchedule } from "../../diagnose/why/explain.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import { type JobSummary, summarizeRuns } from "../../runs/job-summary.ts";
import { detailOfJob, entryOfJob } from "../../source/entries.ts";
import {
  type JobDetail,
  type JobEntry,
  LogGone,
  type LogLines,
  type LogOptions,
  type RunEntry,
  type RunOrJob,
  type RunSource,
} from "../../source/run-source.ts";
import { selectJobs } from "../../source/select.ts";
import { UsageError } from "../../terminal/command-error.ts";
import type { Archive, KeptEntry, KeptJob } from "./archive.ts";
import { asOf, day, runsOf, shown } from "./run-pages.ts";

/** The newest runs of a job that its summary is made of: more than a strip shows, since dry runs are among them. */
const SUMMARY_RUNS = 60;

/** Where the hub has not seen the cluster for so long, it does not say that a run was missed. In milliseconds. */
const BLIND_MS = 120_000;

/** One change of a run is kept several times. In milliseconds. */
const SETTLE_MS = 500;

export interface ArchiveSourceOptions {
  /** Undefined: all that the hub watches. */
  readonly namespace?: string | undefined;
  readonly clock?: () => Date;
}

/** Jobs and runs as the hub has kept them: every run since it came, with its log, also where the cluster knows no more of it. */
export function archiveSource(archive: Archive, options: ArchiveSourceOptions = {}): RunSource {
  const { namespace, clock = () => new Date() } = options;
  const summaries = new SummaryCache(archive);

  function deployed(): (KeptJob & { readonly cronJob: CronJobObject })[] {
    const isHere = (job: KeptJob) => job.goneAt === undefined && (namespace ?? job.namespace) === job.namespace;
    return archive
      .jobs()
      .filter(isHere)
      .flatMap((job) => (job.cronJob === undefined ? [] : [{ ...job, cronJob: job.cronJob }]));
  }

  function uidOf(which: RunOrJob): string | undefined {
    if (namespace !== undefined && which.namespace !== namespace) return undefined;
    if ("run" in which) return archive.uidOf(which.namespace, which.run);
    return archive.entriesOf(which.namespace, which.job, 1)[0]?.uid;
  }

  return {
    place: { context: "hub", isArchive: true, ...(namespace === undefined ? {} : { namespace }) },
    async jobs(filter) {
      const now = clock();
      const entries = deployed().map((job) => entryOfJob(job.cronJob, ...summaries.of(job, now)));
      return selectJobs(entries, filter);
    },
    async job({ namespace: place, job: name }): Promise<JobDetail | undefined> {
      const now = clock();
      const job = deployed().find((each) => each.namespace === place && each.job === name);
      if (job === undefined) return undefined;
      const [summary, runs] = summaries.of(job, now);
      const entry: JobEntry = entryOfJob(job.cronJob, summary, runs);
      const [newest] = archive.entriesOf(place, name, 1);
      const record = newest === undefined ? undefined : archive.detail(newest.uid)?.record;
      const { active } = summary;
      const snapshot = {
        now,
        namespace: place,
        job: name,
        cronJob: job.cronJob,
        events: [],
        active,
        runs: runs.length,
      };
      const explanation = explainSchedule(snapshot);
      return {
        ...detailOfJob(job.cronJob, entry, record),
        ...(explanation === undefined || isBlind(archive, now) ? {} : { explanation }),
      };
    },
    runs: async (filter) => runsOf(archive, filter, namespace, clock()),
    async run(which) {
      const uid = uidOf(which);
      const detail = uid === undefined ? undefined : archive.detail(uid);
      return detail === undefined ? undefined : { ...detail, entry: asOf(detail.entry, clock()) };
    },
    async log(which, given) {
      const uid = uidOf(which);
      return uid === undefined ? undefined : logOf(archive, uid, clock(), given);
    },
    async unknown(place, name) {
      return new UsageError(`The hub has kept neither a job nor a run "${name}" in namespace "${place}"`, {
        hint: `It came on ${day(archive.cameAt)}. See what the cluster knows by leaving out --hub.`,
      });
    },
    changes: (signal) => changesOf(archive, signal),
  };
}

/** Sums jobs up from their newest runs, which are read anew only where one of them was kept since. */
class SummaryCache {
  readonly #archive: Archive;
  readonly #known = new Map<
    number,
    { readonly version: number; readonly runs: KeptEntry[]; readonly success?: string }
  >();

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  of(job: KeptJob & { readonly cronJob: CronJobObject }, now: Date): [summary: JobSummary, runs: RunEntry[]] {
    const { runs, success } = this.#newest(job);
    const entries = runs.map((run) => asOf(shown(run), now));
    const summary = summarizeRuns(job.cronJob, entries, now, { remembered: success, failuresMax: SUMMARY_RUNS });
    const { missedRun: _missed, ...rest } = summary;
    return [isBlind(this.#archive, now) ? rest : summary, entries];
  }

  #newest({ id, namespace, job, cronJob }: KeptJob & { readonly cronJob: CronJobObject }) {
    const version = this.#archive.versionOf(id);
    const known = this.#known.get(id);
    if (known?.version === version) return known;
    const runs = this.#archive.entriesOf(namespace, job, SUMMARY_RUNS);
    const row = this.#archive.row(
      "SELECT MAX(finished_at) AS at FROM runs WHERE job_id = ? AND outcome = 'succeeded' AND dry_run = 0",
      id,
    );
    const before = cronJob.status?.lastSuccessfulTime;
    // Of a success that Kubernetes remembers from before the hub came there is no run.
    const isOlder = before !== undefined && Date.parse(before) < this.#archive.cameAt.getTime();
    const success = row?.at == null ? (isOlder ? before : undefined) : new Date(Number(row.at)).toISOString();
    const read = { version, runs, ...(success === undefined ? {} : { success }) };
    this.#known.set(id, read);
    return read;
  }
}

function isBlind(archive: Archive, now: Date): boolean {
  return now.getTime() - archive.seenAt.getTime() > BLIND_MS;
}

function logOf(archive: Archive, uid: string, now: Date, { attempt, tail, sinceMs }: LogOptions = {}): LogLines {
  const logs = archive.logs(uid);
  const attempts = [...logs.keys()];
  const last = attempts.at(-1);
  const wanted = attempt === "previous" ? attempts.at(-2) : (attempt ?? last);
  const entry = archive.entry(uid);
  if (last === undefined || entry === undefined) throw noLog(archive, entry);
  const log = wanted === undefined ? undefined : logs.get(wanted);
  if (log === undefined) {
    const which = attempt === "previous" ? "has had only one attempt" : `has no attempt ${attempt}`;
    throw new UsageError(`Run ${entry.run} ${which}`, {
      hint: `Attempts whose logs are kept: ${attempts.join(", ")}.`,
    });
  }
  if (log.lines.length === 0 && log.note !== undefined) throw new LogGone(log.note.replace(/\.$/, ""));
  const from = sinceMs === undefined ? undefined : now.getTime() - sinceMs;
  const lines = from === undefined ? log.lines : log.lines.filter((line) => !isOlder(line, from));
  const chosen = tail === undefined ? lines : tail === 0 ? [] : lines.slice(-tail);
  return { lines: each(chosen), ...(log.note === undefined ? {} : { note: log.note }) };
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** A line that says when it was written, as the runtime's do. */
function isOlder(line: string, from: number): boolean {
  if (!line.startsWith('{"time":')) return false;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && Date.parse(String(value.time)) < from;
  } catch {
    return false;
  }
}

function noLog(archive: Archive, entry: KeptEntry | undefined): LogGone {
  const run = entry?.run ?? "";
  if (entry !== undefined && !entry.isFinal) {
    return new LogGone(`The hub keeps the log of run ${run} once it has ended`, `Follow it: errand logs ${run} -f`);
  }
  if (entry !== undefined && Date.parse(entry.startedAt) < archive.cameAt.getTime()) {
    return new LogGone(`Log not kept: the hub came on ${day(archive.cameAt)}, when the pod of run ${run} was gone`);
  }
  return new LogGone(`Log not kept: the pod of run ${run} was gone before the hub could read it`);
}

async function* changesOf(archive: Archive, signal: AbortSignal): AsyncGenerator<void> {
  let wake = () => {};
  let hasChanged = false;
  const end = archive.onChange(() => {
    hasChanged = true;
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await sleep(SETTLE_MS, undefined, { signal }).catch(() => {});
      hasChanged = false;
      if (!signal.aborted) yield;
    }
  } finally {
    end();
  }
}
