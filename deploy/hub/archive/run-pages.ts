import type { RunEntry, RunFilter, RunPage } from "../../source/run-source.ts";
import type { Archive, KeptEntry } from "./archive.ts";
import { allOf, type Condition, conditionOf, is } from "./filter-runs.ts";

const NEWEST_FIRST = "ORDER BY started_at DESC, run DESC, runs.id DESC LIMIT ?";

/** A page of the runs that a filter selects, read by indexes. @param namespace undefined: all */
export function runsOf(archive: Archive, filter: RunFilter, namespace: string | undefined, now: Date): RunPage {
  const { outcomes: wanted = [], limit = -1 } = filter;
  const condition = conditionOf(filter, namespace);
  const counted = archive
    .rows(`SELECT outcome, COUNT(*) AS count FROM runs WHERE ${condition.text} GROUP BY outcome`, ...condition.values)
    .map((row): [string, number] => [String(row.outcome), Number(row.count)]);
  const ofOutcome = is(`outcome IN (${wanted.map(() => "?").join(", ")})`, ...wanted);
  const selected = wanted.length === 0 ? condition : allOf([condition, ofOutcome]);
  const total = counted.reduce((sum, [name, n]) => sum + (wanted.length === 0 || wanted.includes(name) ? n : 0), 0);
  const cursor = filter.after === undefined ? undefined : cursorAt(archive, filter.after);
  const page =
    cursor === undefined ? selected : allOf([selected, is("(started_at, run, runs.id) < (?, ?, ?)", ...cursor)]);
  const offset = cursor === undefined ? 0 : total - countOf(archive, page);
  const found = archive.entries(`WHERE ${qualified(page)} ${NEWEST_FIRST}`, ...page.values, limit);
  const last = found.at(-1);
  const hasMore = last !== undefined && offset + found.length < total;
  const { job } = filter;
  const place = job?.namespace ?? namespace;
  const kept = job === undefined || place === undefined ? undefined : archive.job(place, job.job);
  const timeZone = kept?.cronJob?.spec?.timeZone;
  const missing = missingFrom(archive, filter);
  return {
    entries: found.map((run) => asOf(shown(run), now)),
    total,
    offset,
    ...(hasMore ? { after: `${last.namespace}/${last.run}` } : {}),
    outcomes: Object.fromEntries(counted),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(missing === undefined ? {} : { missing }),
  };
}

/** Both `runs` and `jobs` have columns of these names. */
function qualified({ text }: Condition): string {
  return text.replaceAll(/(^|AND )id IN/g, "$1runs.id IN");
}

function countOf(archive: Archive, { text, values }: Condition): number {
  return Number(archive.row(`SELECT COUNT(*) AS count FROM runs WHERE ${text}`, ...values)?.count);
}

/** Where a page begins: behind the newest run of this name; at the first one where it is kept no longer. */
function cursorAt(archive: Archive, after: string): [startedAt: number, run: string, id: number] | undefined {
  const [, namespace, run] = /^([^/]+)\/(.+)$/s.exec(after) ?? [];
  const uid = namespace === undefined || run === undefined ? undefined : archive.uidOf(namespace, run);
  const row = uid === undefined ? undefined : archive.row("SELECT started_at, run, id FROM runs WHERE uid = ?", uid);
  return row === undefined ? undefined : [Number(row.started_at), String(row.run), Number(row.id)];
}

/** What of that time the hub did not see. */
function missingFrom(archive: Archive, { since }: RunFilter): string | undefined {
  const [gap, ...others] = archive.gaps(since).toReversed();
  const away =
    gap === undefined
      ? undefined
      : `${gap.why} from ${minute(gap.from)} to ${minute(gap.to)}${others.length === 0 ? "" : ` and ${others.length} more times`}: runs of that time may be missing.`;
  const isBefore = since === undefined || since < archive.cameAt;
  const came = isBefore
    ? `The hub came on ${day(archive.cameAt)}, and has kept what the cluster still knew then.`
    : undefined;
  const sentences = [came, away].filter((each) => each !== undefined);
  return sentences.length === 0 ? undefined : sentences.join(" ");
}

/** A run that goes on lasts until now. */
export function asOf<Entry extends RunEntry>(entry: Entry, now: Date): Entry {
  if (entry.outcome !== "running" && entry.outcome !== "waiting") return entry;
  return { ...entry, durationMs: Math.max(0, now.getTime() - Date.parse(entry.startedAt)) };
}

/** An entry without what only the archive knows of it. */
export function shown({ uid: _uid, kind: _kind, isFinal: _isFinal, ...entry }: KeptEntry): RunEntry {
  return entry;
}

export function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
