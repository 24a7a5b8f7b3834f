import type { HttpClient, HttpCounts } from "../../http/http.ts";
import type { Json } from "../../job/definition.ts";
import type { CascadeReport } from "../../kube/pipeline/cascades.ts";
import type { ClientStats, MutationCounts } from "../../kube/pipeline/stats.ts";
import type { RunPlan } from "../../kube/plan/run-plan.ts";
import { type Clock, isoTime } from "../output/clock.ts";
import type { Redactor } from "../output/redactor.ts";
import type { Ending } from "../report/failure.ts";
import type { MemoryReport } from "../report/memory-trend.ts";
import type { Report, ReportError, ReportNode, RequestCounts, RunIdentity } from "../report/report.ts";

/** What is known before the run starts. */
export interface RunFacts {
  readonly job: string;
  readonly namespace: string;
  readonly revision: string;
  readonly identity: RunIdentity;
  /** True if the whole run is a dry run, not just its rehearsal. */
  readonly dryRun: boolean;
  /** Its name in error messages. */
  readonly serviceAccount?: string | undefined;
  readonly node?: ReportNode | undefined;
}

/** A pass is one call of the job's `run`. */
export type PassKind = "rehearsal" | "main";

/** Collects a run's data; its report can be read at any time. */
export interface RunRecord {
  report(): Report;
  /** The current or last pass. */
  readonly pass: PassKind | undefined;
  setParams(params: Json): void;
  setProgress(progress: Json): void;
  setPlan(plan: RunPlan): void;
  setCascades(cascades: CascadeReport): void;
  /** Starts a pass: counts come from this client, and progress is reset. */
  beginPass(kind: PassKind, stats: ClientStats, http?: Pick<HttpClient, "counts">): void;
  /** Records how the run ended, and returns the final report. */
  end(ending: Ending): Report;
}

export interface RunRecordParts {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Peak memory of the process so far. */
  readonly peakMemoryBytes: () => number;
  readonly measures?: RunMeasures | undefined;
}

/** What a pod measures of its own run. */
export interface RunMeasures {
  readonly memory: () => MemoryReport | undefined;
  /** `VERB RESOURCE STATUS` → how many requests. */
  readonly requests: ReadonlyMap<string, number>;
}

type Passes = { readonly [Kind in PassKind]?: ClientStats };
type Calls = { readonly [Kind in PassKind]?: Pick<HttpClient, "counts"> | undefined };

/** Creates a run's record; its time starts now. */
export function createRunRecord(facts: RunFacts, parts: RunRecordParts): RunRecord {
  const { clock, redactor } = parts;
  const startedAt = isoTime(clock.now());
  let params: Json | undefined;
  let progress: Json | undefined;
  let plan: RunPlan | undefined;
  let cascades: CascadeReport | undefined;
  let passes: Passes = {};
  let calls: Calls = {};
  let final: Report | undefined;

  const build = (ending?: Ending): Report => ({
    apiVersion: "errand/v1",
    kind: "Report",
    job: facts.job,
    namespace: facts.namespace,
    revision: facts.revision,
    run: facts.identity,
    outcome: ending?.outcome ?? "running",
    dryRun: facts.dryRun,
    startedAt,
    ...present("finishedAt", ending && isoTime(clock.now())),
    ...present("params", hide(params)),
    ...present("result", hide(ending && "result" in ending ? ending.result : undefined)),
    ...present("progress", hide(progress)),
    ...countsOf(passes),
    ...present("http", httpOf(calls)),
    ...present(
      "requestCounts",
      hide(parts.measures && requestCountsOf(parts.measures.requests)) as RequestCounts | undefined,
    ),
    ...present("cascades", cascades),
    ...present("plan", plan?.report()),
    peakMemoryBytes: parts.peakMemoryBytes(),
    ...present("memory", parts.measures?.memory()),
    ...present("node", facts.node),
    ...present("error", ending && "error" in ending ? redactError(ending.error, redactor) : undefined),
    ...present("warnings", warningsOf(passes, redactor)),
  });
  const hide = (value: Json | undefined): Json | undefined => (value === undefined ? undefined : redactor.json(value));

  return {
    report: () => final ?? build(),
    get pass() {
      if (passes.main !== undefined) return "main";
      return passes.rehearsal === undefined ? undefined : "rehearsal";
    },
    setParams: (value) => {
      params = value;
    },
    setProgress: (value) => {
      progress = value;
    },
    setPlan: (value) => {
      plan = value;
    },
    setCascades: (value) => {
      cascades = value;
    },
    beginPass: (kind, stats, http) => {
      passes = { ...passes, [kind]: stats };
      calls = { ...calls, [kind]: http };
      progress = undefined;
    },
    end: (ending) => {
      // Progress of a rehearsal must not be reported.
      if (passes.main === undefined) progress = undefined;
      // A copy, because the job may still change its values.
      final ??= JSON.parse(JSON.stringify(build(ending))) as Report;
      return final;
    },
  };
}

function countsOf(passes: Passes): Pick<Report, "mutations" | "rehearsal" | "requests" | "retries" | "throttledMs"> {
  const { rehearsal, main } = passes;
  const none: MutationCounts = {};
  const throttledMs = (rehearsal?.throttledMs ?? 0) + (main?.throttledMs ?? 0);
  return {
    mutations: main?.mutations ?? none,
    ...(rehearsal === undefined ? {} : { rehearsal: { mutations: rehearsal.mutations } }),
    requests: (rehearsal?.requests ?? 0) + (main?.requests ?? 0),
    retries: (rehearsal?.retries ?? 0) + (main?.retries ?? 0),
    ...present("throttledMs", throttledMs > 0 ? throttledMs : undefined),
  };
}

/** Calls of both passes; what was withheld only where it was not sent later, in the real run. */
function httpOf({ rehearsal, main }: Calls): HttpCounts | undefined {
  const counts = [rehearsal, main].flatMap((pass) => (pass === undefined ? [] : [pass.counts]));
  const calls: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((each) => Object.entries(each.calls))) {
    calls[name] = (calls[name] ?? 0) + count;
  }
  const withheld = counts.at(-1)?.withheld ?? {};
  return Object.keys({ ...calls, ...withheld }).length === 0 ? undefined : { calls, withheld };
}

function requestCountsOf(requests: RunMeasures["requests"]): RequestCounts | undefined {
  const counts: Record<string, Record<string, Record<string, number>>> = {};
  for (const [key, count] of requests) {
    const [verb = "", resource = "", code = ""] = key.split(" ");
    counts[verb] ??= {};
    counts[verb][resource] = { ...counts[verb][resource], [code]: count };
  }
  return requests.size === 0 ? undefined : counts;
}

function warningsOf(passes: Passes, redactor: Redactor): readonly string[] | undefined {
  const texts = new Set([...(passes.rehearsal?.warnings ?? []), ...(passes.main?.warnings ?? [])]);
  return texts.size === 0 ? undefined : [...texts].map(redactor.text);
}

function redactError(error: ReportError, redactor: Redactor): ReportError {
  return {
    reason: redactor.text(error.reason),
    message: redactor.text(error.message),
    ...present("hint", error.hint && redactor.text(error.hint)),
    ...present("stack", error.stack && redactor.text(error.stack)),
  };
}

/** Leaves out absent parts instead of setting them to undefined, for readers that do not go through JSON. */
function present<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
