// A small world of jobs and runs as Kubernetes' own objects, with what is awkward to read in it.

import { revisionLabels } from "../../../deploy/manifests/manifest.ts";
import type { KubeObject } from "../../../runtime/kube/surface/objects.ts";
import type { Outcome } from "../../../runtime/run/report/outcome.ts";
import type { Report } from "../../../runtime/run/report/report.ts";

/** What a source is filled from. */
export interface ContractData {
  readonly now: Date;
  readonly objects: readonly KubeObject[];
  /** Lines of each pod's log, by the pod's uid. */
  readonly logs: ReadonlyMap<string, readonly string[]>;
}

/** What somebody may write into a parameter, a name or a filter. */
export const HOSTILE: readonly string[] = [
  "'; DROP TABLE runs; --",
  '" OR ""="',
  "%",
  "_",
  "*",
  "__proto__",
  "constructor",
  "..",
  "a/b",
  "\u0000",
  "\u202e<script>",
  "x".repeat(10_000),
];

const NOW = new Date("2026-03-02T12:30:00Z");
const HOUR_MS = 3_600_000;

interface Given {
  readonly namespace?: string;
  readonly job?: string;
  readonly run: string;
  /** How long ago. */
  readonly hours: number;
  readonly outcome?: Outcome;
  readonly by?: string;
  readonly retryOf?: string;
  readonly isDry?: boolean;
  readonly params?: object;
  readonly attempts?: number;
  readonly isPodGone?: boolean;
  readonly result?: unknown;
}

/** A result with a table in it, of which a spreadsheet and Markdown must be told what is text. */
export const TABLE = {
  total: 1_234,
  pods: [
    { name: "=1+1", restarts: 1_200 },
    { name: "a|b", age: "2d" },
  ],
};

/** Names tell what each is about. Newest first, as a source gives them. */
const RUNS: readonly Given[] = [
  { run: "sweep-29540000", hours: 1, params: { max: 3, where: { app: "web" } } },
  { run: "sweep-dryly", hours: 2, by: "ann", isDry: true, params: { max: 3 } },
  { run: "sweep-again", hours: 3, by: "ann@example.com", retryOf: "sweep-failed", params: { tags: ["a", "b"] } },
  { run: "sweep-twice", hours: 4, attempts: 2, by: "bob", result: TABLE },
  { run: "sweep-tie-b", hours: 5, outcome: "timedOut", by: "ann" },
  { run: "sweep-tie-a", hours: 5, outcome: "failed", by: "ann", params: { [HOSTILE[0] ?? ""]: "%" } },
  { run: "sweep-gone", hours: 6, isPodGone: true, by: "bob" },
  { run: "sweep-29539000", hours: 30, outcome: "failed" },
  { run: "sweep-29538000", hours: 54, params: { max: 30, q: HOSTILE[0] } },
  { job: "report", run: "report-29540000", hours: 2, outcome: "denied" },
  { job: "report", run: "report-dryly", hours: 1, by: "ann", isDry: true },
  { namespace: "other", run: "sweep-29540000", hours: 7, params: { max: 3 } },
  { namespace: "other", run: "sweep-elsewhere", hours: 8, outcome: "limited", by: "ann" },
];

/** Two namespaces, in each a job `sweep`; jobs without runs, a run of two attempts, one whose pod is gone, and a Job that only looks like a run. */
export function contractData(): ContractData {
  const cronJobs = [
    cronJob("shop", "sweep", "Deletes what is over"),
    cronJob("shop", "report", "100%_done"),
    cronJob("shop", "quiet", "1000 done", { suspend: true }),
    cronJob("other", "sweep", ""),
  ];
  const runs = RUNS.map(objectsOf);
  const namespaces = ["shop", "other"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  return {
    now: NOW,
    objects: [...namespaces, ...cronJobs, ...runs.flatMap(({ objects }) => objects), forged()] as KubeObject[],
    logs: new Map(runs.flatMap(({ logs }) => logs)),
  };
}

function cronJob(namespace: string, name: string, description: string, spec: object = {}): KubeObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name,
      namespace,
      uid: `${namespace}/${name}`,
      creationTimestamp: "2026-02-01T00:00:00Z",
      labels: revisionLabels(name, "0123456789"),
      annotations: {
        "kubernetes.io/description": description,
        ...("suspend" in spec ? { "errand/paused": "2026-03-01T00:00:00Z" } : {}),
      },
    },
    spec: {
      schedule: "30 * * * *",
      timeZone: "Europe/Berlin",
      successfulJobsHistoryLimit: 50,
      failedJobsHistoryLimit: 50,
      jobTemplate: {
        metadata: { labels: revisionLabels(name, "0123456789") },
        spec: { template: { spec: { containers: [] } } },
      },
      ...spec,
    },
  } as KubeObject;
}

function objectsOf(given: Given): { objects: KubeObject[]; logs: [string, string[]][] } {
  const { namespace = "shop", job = "sweep", run, outcome = "succeeded", attempts = 1 } = given;
  const labels = revisionLabels(job, "0123456789");
  const at = (seconds: number) => new Date(NOW.getTime() - given.hours * HOUR_MS + seconds * 1_000).toISOString();
  const isGood = outcome === "succeeded";
  const jobObject = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...{ name: run, namespace, uid: `${namespace}/${run}`, creationTimestamp: at(0), labels },
      annotations: annotationsOf(given, at(0)),
      ownerReferences: [
        { ...{ apiVersion: "batch/v1", kind: "CronJob", name: job }, uid: `${namespace}/${job}`, controller: true },
      ],
    },
    spec: { backoffLimitPerIndex: 1, template: { spec: { containers: [{ name: "job", image: "node" }] } } },
    status: {
      startTime: at(0),
      ...(isGood ? { succeeded: 1, completionTime: at(9), failed: attempts - 1 } : { failed: attempts }),
      conditions: [{ type: isGood ? "Complete" : "Failed", status: "True", lastTransitionTime: at(9) }],
    },
  } as KubeObject;
  const pods = Array.from({ length: given.isPodGone ? 0 : attempts }, (_, before) => {
    const uid = `${namespace}/${run}/${before}`;
    const report = reportOf(given, before + 1, before === attempts - 1 ? outcome : "failed", at);
    return { uid, object: podOf(jobObject, uid, before, report, at), report };
  });
  return {
    objects: [jobObject, ...pods.map(({ object }) => object)],
    logs: pods.map(({ uid, report }) => [
      uid,
      [
        ...Array.from({ length: 5 }, (_, line) => `${run} attempt ${report.run.attempt} line ${line + 1}`),
        JSON.stringify(report),
      ],
    ]),
  };
}

function annotationsOf({ by, retryOf }: Given, at: string): Record<string, string> {
  if (by === undefined) return { "batch.kubernetes.io/cronjob-scheduled-timestamp": at };
  return {
    "cronjob.kubernetes.io/instantiate": "manual",
    "errand/triggered-by": by,
    ...(retryOf === undefined ? {} : { "errand/retry-of": retryOf }),
  };
}

function reportOf(given: Given, attempt: number, outcome: Outcome, at: (seconds: number) => string): Report {
  const { namespace = "shop", job = "sweep", run, by, isDry = false, params, result = { deleted: 7 } } = given;
  return {
    apiVersion: "errand/v1",
    kind: "Report",
    job,
    namespace,
    revision: "0123456789",
    run: {
      ...{ id: run, attempt, trigger: by === undefined ? "schedule" : "manual" },
      ...(by === undefined ? {} : { triggeredBy: by }),
    },
    outcome,
    dryRun: isDry,
    startedAt: at(2),
    finishedAt: at(8),
    ...(params === undefined ? {} : { params: params as NonNullable<Report["params"]> }),
    ...(outcome === "succeeded"
      ? { result: result as NonNullable<Report["result"]> }
      : { error: { reason: "Test", message: `was ${outcome}` } }),
    mutations: { delete: { pods: 7 } },
    requests: 9,
    retries: 0,
    peakMemoryBytes: 70_000_000,
  };
}

function podOf(
  { metadata }: KubeObject,
  uid: string,
  before: number,
  report: Report,
  at: (seconds: number) => string,
): KubeObject {
  const { name = "", namespace, labels } = metadata ?? {};
  const state = {
    terminated: {
      ...{ exitCode: report.outcome === "succeeded" ? 0 : 1, startedAt: at(1), finishedAt: at(8) },
      message: JSON.stringify(report),
    },
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name: `${name}-0-${before}`, namespace, uid, creationTimestamp: at(before / 10) },
      labels: { ...labels, "batch.kubernetes.io/job-name": name },
      annotations: { "batch.kubernetes.io/job-index-failure-count": String(before) },
      ownerReferences: [
        { ...{ apiVersion: "batch/v1", kind: "Job", name }, uid: metadata?.uid ?? "", controller: true },
      ],
    },
    spec: { nodeName: "node-1", containers: [{ name: "job", resources: { limits: { memory: "256Mi" } } }] },
    status: {
      phase: report.outcome === "succeeded" ? "Succeeded" : "Failed",
      startTime: at(0),
      containerStatuses: [{ name: "job", state }],
    },
  } as object as KubeObject;
}

/** A Job with the labels of a run, newer than all of them, that no job owns. */
function forged(): KubeObject {
  const { objects } = objectsOf({ run: "sweep-forged", hours: 0.5 });
  const [job] = objects;
  return { ...job, metadata: { ...job?.metadata, ownerReferences: [] } } as KubeObject;
}
