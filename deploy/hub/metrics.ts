// What the hub knows of each job, for Prometheus. Counters are kept beside the runs, so that they do not go down when old runs go.
import type { RuleName } from "./alerts/judged.ts";
import type { Archive, KeptRun } from "./archive/archive.ts";
import { usedBytes } from "./archive/retention.ts";
import type { Tables } from "./archive/schema.ts";

export const METRIC_TABLES: Tables = {
  part: "metrics",
  steps: [
    `CREATE TABLE run_totals (
       namespace TEXT NOT NULL,
       job TEXT NOT NULL,
       outcome TEXT NOT NULL,
       runs INTEGER NOT NULL,
       total_ms INTEGER NOT NULL,
       last_at INTEGER NOT NULL,
       PRIMARY KEY (namespace, job, outcome)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE run_lengths (
       namespace TEXT NOT NULL,
       job TEXT NOT NULL,
       bucket INTEGER NOT NULL,
       runs INTEGER NOT NULL,
       PRIMARY KEY (namespace, job, bucket)
     ) STRICT, WITHOUT ROWID;`,
  ],
};

/** https://prometheus.io/docs/instrumenting/content_negotiation/ */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Upper ends of the histogram's buckets, in seconds: from a moment to a night. */
const BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 14_400];

const OVERDUE: RuleName = "overdue";

/** Counts each run that ends, in the transaction that keeps it. Dry runs count nowhere. */
export function countRuns(archive: Archive): void {
  archive.onRun((run) => {
    const { entry } = run.detail;
    if (!run.isFinal || entry.dryRun || entry.outcome === "foreign") return;
    count(archive, run);
  });
}

function count(archive: Archive, { detail: { entry } }: KeptRun): void {
  const { namespace, job, outcome, durationMs, finishedAt, startedAt } = entry;
  archive.run(
    `INSERT INTO run_totals VALUES (?, ?, ?, 1, ?, ?)
     ON CONFLICT DO UPDATE SET runs = runs + 1, total_ms = total_ms + excluded.total_ms, last_at = MAX(last_at, excluded.last_at)`,
    // What a report tells as a time may be none: the run counts all the same.
    ...[namespace, job, outcome, Math.round(durationMs) || 0, Date.parse(finishedAt ?? startedAt) || 0],
  );
  const found = BUCKETS.findIndex((seconds) => durationMs <= seconds * 1_000);
  archive.run(
    "INSERT INTO run_lengths VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET runs = runs + 1",
    ...[namespace, job, found < 0 ? BUCKETS.length : found],
  );
}

/** The name of a metric, what it tells, and its lines. */
interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly lines: readonly string[];
}

/** The text that Prometheus reads. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function hubMetrics(archive: Archive): string {
  const families = [...jobFamilies(archive), ...hubFamilies(archive)];
  return families
    .map(({ name, type, help, lines }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n"))
    .join("");
}

function jobFamilies(archive: Archive): Family[] {
  const here = "JOIN jobs USING (namespace, job) WHERE jobs.gone_at IS NULL ORDER BY namespace, job";
  const totals = archive.rows(`SELECT run_totals.* FROM run_totals ${here}, outcome`);
  const open = archive.rows(
    "SELECT namespace, job, rule FROM incidents WHERE closed_at IS NULL ORDER BY namespace, job, rule",
  );
  const isOverdue = ({ namespace, job }: Row) =>
    open.some((each) => each.namespace === namespace && each.job === job && each.rule === OVERDUE);
  const active = archive.rows(
    "SELECT namespace, job, COUNT(runs.id) AS runs FROM jobs LEFT JOIN runs ON runs.job_id = jobs.id AND is_final = 0 AND finished_at IS NULL WHERE gone_at IS NULL GROUP BY jobs.id ORDER BY namespace, job",
  );
  return [
    {
      name: "errand_job_runs_total",
      type: "counter",
      help: "Runs that ended, by outcome; without dry runs.",
      lines: totals.map((row) => line("errand_job_runs_total", { ...jobLabels(row), outcome: row.outcome }, row.runs)),
    },
    {
      name: "errand_job_run_duration_seconds",
      type: "histogram",
      help: "How long runs took that ended.",
      lines: histogram(archive, totals, here),
    },
    {
      name: "errand_job_last_success_timestamp_seconds",
      type: "gauge",
      help: "When the newest run ended that succeeded.",
      lines: totals
        .filter(({ outcome }) => outcome === "succeeded")
        .map((row) => line("errand_job_last_success_timestamp_seconds", jobLabels(row), Number(row.last_at) / 1_000)),
    },
    {
      name: "errand_job_overdue",
      type: "gauge",
      help: "1 while a run is due and has not started.",
      lines: active.map((row) => line("errand_job_overdue", jobLabels(row), Number(isOverdue(row)))),
    },
    {
      name: "errand_job_incident_open",
      type: "gauge",
      help: "1 while the hub finds something wrong, by rule.",
      lines: open.map((row) => line("errand_job_incident_open", { ...jobLabels(row), rule: row.rule }, 1)),
    },
    {
      name: "errand_job_active_runs",
      type: "gauge",
      help: "Runs that wait or go on.",
      lines: active.map((row) => line("errand_job_active_runs", jobLabels(row), row.runs)),
    },
  ];
}

function histogram(archive: Archive, totals: readonly Row[], here: string): string[] {
  const name = "errand_job_run_duration_seconds";
  const lengths = archive.rows(`SELECT run_lengths.* FROM run_lengths ${here}, bucket`);
  const sums = Map.groupBy(totals, (row) => `${row.namespace}/${row.job}`);
  return [...Map.groupBy(lengths, (row) => `${row.namespace}/${row.job}`)].flatMap(([key, rows]) => {
    const labels = jobLabels(rows[0] ?? {});
    const runs = new Map(rows.map(({ bucket, runs: each }) => [Number(bucket), Number(each)]));
    let below = 0;
    const buckets = [...BUCKETS, Number.POSITIVE_INFINITY].map((end, index) => {
      below += runs.get(index) ?? 0;
      return line(`${name}_bucket`, { ...labels, le: Number.isFinite(end) ? end : "+Inf" }, below);
    });
    const total = (sums.get(key) ?? []).reduce((sum, row) => sum + Number(row.total_ms), 0);
    return [...buckets, line(`${name}_sum`, labels, total / 1_000), line(`${name}_count`, labels, below)];
  });
}

function hubFamilies(archive: Archive): Family[] {
  const messages = archive.rows(
    "SELECT channel, state, COUNT(*) AS count FROM messages WHERE state <> 'sent' GROUP BY channel, state",
  );
  const gauge = (name: string, help: string, lines: readonly string[]): Family => ({
    name,
    type: "gauge",
    help,
    lines,
  });
  const one = (name: string, help: string, value: number) => gauge(name, help, [line(name, {}, value)]);
  return [
    gauge(
      "errand_hub_messages_undelivered",
      "Messages that wait for their channel, or were given up.",
      messages.map(({ channel, state, count: each }) =>
        line("errand_hub_messages_undelivered", { channel, state }, each),
      ),
    ),
    one(
      "errand_hub_seen_timestamp_seconds",
      "When the hub last saw all of the cluster.",
      archive.seenAt.getTime() / 1_000,
    ),
    one("errand_hub_archive_bytes", "What the archive takes.", usedBytes(archive)),
  ];
}

type Row = Readonly<Record<string, unknown>>;

/** `job` is what Prometheus calls what it scrapes. */
function jobLabels({ namespace, job }: Row): Row {
  return { namespace, errand_job: job };
}

function line(name: string, labels: Row, value: unknown): string {
  const pairs = Object.entries(labels).map(([key, each]) => `${key}="${escaped(String(each))}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${Number(value)}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
