import type { Outcome } from "../../runtime/run/report/outcome.ts";

/** A job of the demo. */
export interface DemoJob {
  readonly name: string;
  readonly description: string;
  /** Absent for a job that runs only when it is triggered. */
  readonly schedule?: string;
  readonly timeZone?: string;
  /** Usual duration, in seconds. */
  readonly seconds: number;
  /** Outcomes other than `succeeded`, by how many runs ago: 0 is the newest. */
  readonly ends?: Readonly<Record<number, Outcome>>;
  /** How many scheduled runs are kept. */
  readonly kept: number;
  readonly change?: { readonly verb: string; readonly resource: string; readonly count: number };
  readonly isPaused?: boolean;
  /** The newest scheduled run was missed. */
  readonly isOverdue?: boolean;
  readonly schema?: unknown;
  readonly result?: unknown;
}

const CLEANUP_SCHEMA = {
  type: "object",
  properties: {
    olderThan: { type: "string", default: "1h", description: "How long ago a pod must have ended" },
    remove: {
      type: "array",
      items: { enum: ["succeeded", "failed", "evicted"] },
      default: ["succeeded", "failed", "evicted"],
    },
    max: { type: "integer", description: "Remove at most this many" },
  },
};

/** The jobs of the demo: every outcome, a job that is overdue, one that is paused, and one that runs only when it is triggered. */
export const DEMO_JOBS: readonly DemoJob[] = [
  {
    name: "cert-expiry",
    description: "Lists certificates that expire within 30 days",
    schedule: "0 6 * * *",
    timeZone: "Europe/Berlin",
    seconds: 3.1,
    kept: 14,
    isOverdue: true,
    result: [
      { secret: "shop-tls", namespace: "shop", days: 12 },
      { secret: "api-tls", namespace: "api", days: 27 },
    ],
  },
  {
    name: "event-archive",
    description: "Copies events to the object store",
    schedule: "0 * * * *",
    seconds: 48,
    kept: 30,
    ends: { 0: "outOfMemory", 1: "outOfMemory", 2: "outOfMemory", 10: "failed" },
    change: { verb: "create", resource: "configmaps", count: 41 },
  },
  {
    name: "pod-cleanup",
    description: "Deletes pods that ended a while ago",
    schedule: "*/15 * * * *",
    seconds: 6.2,
    kept: 60,
    ends: { 5: "limited", 7: "failed", 9: "cancelled", 11: "evicted" },
    change: { verb: "delete", resource: "pods", count: 11 },
    schema: CLEANUP_SCHEMA,
    result: { deleted: 11, changed: 0, gone: 1 },
  },
  {
    name: "preview-teardown",
    description: "Removes preview environments of merged branches",
    schedule: "0 * * * *",
    seconds: 22,
    kept: 30,
    ends: { 8: "timedOut", 20: "failed", 21: "limited" },
    change: { verb: "delete", resource: "namespaces", count: 2 },
  },
  {
    name: "stale-restart",
    description: "Restarts workloads that have run for 30 days",
    schedule: "0 3 * * 0",
    timeZone: "Europe/Berlin",
    seconds: 41,
    kept: 2,
    change: { verb: "patch", resource: "deployments.apps", count: 6 },
    result: [
      { deployment: "billing-api", pods: 4, ageDays: 35 },
      { deployment: "checkout", pods: 6, ageDays: 42 },
    ],
  },
  {
    name: "quota-report",
    description: "Writes down what each namespace uses of its quota",
    schedule: "0 8 * * 1-5",
    timeZone: "Europe/Berlin",
    seconds: 2.2,
    kept: 10,
  },
  {
    name: "image-audit",
    description: "Lists images without a digest",
    schedule: "0 7 * * 1-5",
    seconds: 9.8,
    kept: 10,
    ends: { 3: "denied" },
  },
  {
    name: "node-pressure",
    description: "Reports nodes that are short of disk or memory",
    schedule: "*/5 * * * *",
    seconds: 0.9,
    kept: 60,
    ends: { 23: "killed" },
  },
  {
    name: "secret-rotate",
    description: "Renews the tokens of service accounts",
    schedule: "0 4 * * 1",
    seconds: 7,
    kept: 2,
    isPaused: true,
  },
  {
    name: "registry-mirror",
    description: "Copies new tags to the internal registry",
    schedule: "30 */2 * * *",
    seconds: 95,
    kept: 30,
    ends: { 0: "neverStarted", 14: "unreachable", 15: "unreachable" },
  },
  {
    name: "schema-check",
    description: "Compares custom resources with their schemas",
    schedule: "15 5 * * *",
    seconds: 31,
    kept: 14,
    ends: { 2: "invalid", 6: "lost" },
  },
  {
    name: "inventory",
    description: "Counts workloads, images, requests and limits",
    seconds: 1.8,
    kept: 7,
    result: { pods: 412, images: 57 },
  },
];
