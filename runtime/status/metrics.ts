import { isRecord } from "../job/problem.ts";
import type { JobMetric } from "../run/output/job-metrics.ts";
import type { Report, RequestCounts } from "../run/report/report.ts";

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

type Labels = Readonly<Record<string, string | number>>;

/** The samples of one metric. A counter's samples are called `NAME_total`. */
interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly (readonly [Labels, number])[];
}

/** Limits the series from a job's progress. */
const PROGRESS_MAX = 50;

const OPEN_METRICS = "application/openmetrics-text";

/**
 * A run's metrics, without parameters and texts.
 *
 * @param accept OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/) if it is listed, otherwise the Prometheus text format
 */
export async function metricsText(report: Report, own: readonly JobMetric[], accept: string): Promise<MetricsText> {
  const families = [...runFamilies(report), ...(await processFamilies()), ...own];
  const isOpenMetrics = accept.includes(OPEN_METRICS);
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap((family) => linesOf(family, isOpenMetrics));
  return isOpenMetrics
    ? { contentType: `${OPEN_METRICS}; version=1.0.0; charset=utf-8`, text: `${lines.join("\n")}\n# EOF\n` }
    : { contentType: "text/plain; version=0.0.4; charset=utf-8", text: `${lines.join("\n")}\n` };
}

function runFamilies(report: Report): Family[] {
  const { job, namespace, revision, run, outcome, dryRun } = report;
  const { id, attempt, trigger } = run;
  const begun = Date.parse(report.startedAt);
  const ended = report.finishedAt === undefined ? Date.now() : Date.parse(report.finishedAt);
  const about = { job, namespace, revision, run: id, attempt, trigger, dry_run: String(dryRun) };
  return [
    gauge("errand_run_info", "Which run this is.", 1, about),
    gauge("errand_run_outcome", "The run's outcome: running until it ends.", 1, { outcome }),
    gauge("errand_run_start_time_seconds", "When the run began.", begun / 1e3),
    gauge("errand_run_duration_seconds", "How long the run has taken so far, or took.", (ended - begun) / 1e3),
    { ...counter("errand_mutations", "Objects that the run changed."), samples: mutationSamples(report.mutations) },
    {
      ...counter("errand_rehearsed_mutations", "Objects that its rehearsal would have changed."),
      samples: mutationSamples(report.rehearsal?.mutations ?? {}),
    },
    {
      ...counter("errand_requests", "Requests to the API server, retries included."),
      samples: requestSamples(report.requestCounts ?? {}),
    },
    counter("errand_retries", "Retried requests.", report.retries),
    counter(
      "errand_throttled_seconds",
      "Time waited because the API server asked for it.",
      (report.throttledMs ?? 0) / 1e3,
    ),
    { ...gauge("errand_progress", "Numbers from the job's progress."), samples: progressSamples(report.progress) },
    gauge("errand_memory_peak_bytes", "Peak resident memory of the process.", report.peakMemoryBytes),
  ];
}

function requestSamples(requests: RequestCounts): Family["samples"] {
  return Object.entries(requests).flatMap(([verb, resources]) =>
    Object.entries(resources).flatMap(([resource, codes]) =>
      Object.entries(codes).map(([code, count]) => [{ verb, resource, code }, count] as const),
    ),
  );
}

function mutationSamples(mutations: Report["mutations"]): Family["samples"] {
  return Object.entries(mutations).flatMap(([verb, byResource]) =>
    Object.entries(byResource).map(([resource, count]) => [{ verb, resource }, count] as const),
  );
}

function progressSamples(progress: Report["progress"]): Family["samples"] {
  const entries = isRecord(progress) ? Object.entries(progress) : [["", progress] as const];
  return entries
    .flatMap(([name, value]) => (typeof value === "number" ? [[{ name }, value] as const] : []))
    .slice(0, PROGRESS_MAX);
}

type LoopDelay = ReturnType<typeof import("node:perf_hooks").monitorEventLoopDelay>;
/** Sampling interval of the event loop's delay, in milliseconds; included in what Node measures. */
const LOOP_RESOLUTION_MS = 10;
let loopDelay: LoopDelay | undefined;

/** Metrics of the process. The event loop's delay is measured from the first scrape on, between scrapes. */
async function processFamilies(): Promise<Family[]> {
  const { user, system } = process.cpuUsage();
  const families = [
    gauge("errand_memory_bytes", "Resident memory of the process.", process.memoryUsage.rss()),
    counter("errand_cpu_seconds", "Processor time of the process.", (user + system) / 1e6),
  ];
  if (loopDelay === undefined) {
    const { monitorEventLoopDelay } = await import("node:perf_hooks");
    loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    loopDelay.enable();
    return families;
  }
  const longest = Math.max(0, loopDelay.max / 1e9 - LOOP_RESOLUTION_MS / 1e3);
  loopDelay.reset();
  return [
    ...families,
    gauge("errand_event_loop_delay_max_seconds", "The event loop's longest delay since the last scrape.", longest),
  ];
}

function gauge(name: string, help: string, value?: number, labels: Labels = {}): Family {
  return { name, type: "gauge", help, samples: value === undefined ? [] : [[labels, value]] };
}

function counter(name: string, help: string, value?: number): Family {
  return { ...gauge(name, help, value), type: "counter" };
}

/** The formats differ in the placement of a counter's `_total`. */
function linesOf({ name, type, help, samples }: Family, isOpenMetrics: boolean): string[] {
  const sample = type === "counter" ? `${name}_total` : name;
  const family = isOpenMetrics ? name : sample;
  const lines = samples.map(([labels, value]) => `${sample}${labelsText(labels)} ${value}`);
  return [`# TYPE ${family} ${type}`, `# HELP ${family} ${escaped(help, isOpenMetrics)}`, ...lines];
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Prometheus' own format has quotes in help texts as they are. */
function escaped(text: string, isQuoted = true): string {
  const plain = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
  return isQuoted ? plain.replace(/"/g, '\\"') : plain;
}
