// The public entry `errand/testing`: a Kubernetes API in memory, and a way to run a job on it, for a project's own tests.
import type { ClusterConfig } from "../kube/config/cluster-config.ts";
import { Run } from "../run/lifecycle/run.ts";
import type { Report } from "../run/report/report.ts";
import type { EmbeddedCluster } from "./embedded-cluster.ts";

export type { KubeObject } from "../kube/surface/objects.ts";
export type { Report } from "../run/report/report.ts";
export { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from "./embedded-cluster.ts";
export type { Fault, FaultEffect } from "./faults/faults.ts";

/** What a run has to know of a cluster. */
type Cluster = Pick<EmbeddedCluster, "url" | "ca" | "adminToken">;

export interface RunJobOptions {
  /** Default: `default`. */
  readonly namespace?: string;
  /** As `--param` gives them; validated as in a run. Default: none. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Every mutation is only validated. Default: false. */
  readonly dryRun?: boolean;
  /** The values of the job's `secrets`, by the names that the job has for them. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Given each line of the job's log, which is JSON. Default: nothing is written. */
  readonly onLine?: (line: string) => void;
  /** Cancels the run, as SIGTERM does in a pod. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a job on an embedded cluster, in this process: with its guard, its limits and its rehearsal, from its params to its report.
 *
 * @param job what a job file exports by default
 * @returns the report, whatever the outcome; it never rejects because of the job
 * @example
 * await using cluster = await startEmbeddedCluster();
 * const { outcome, result } = await runJob(job, cluster, { params: { olderThan: "2h" } });
 */
export async function runJob(
  job: { readonly kind: "errand/job" },
  cluster: Cluster,
  options: RunJobOptions = {},
): Promise<Report> {
  const { namespace = "default", params = {}, dryRun = false, secrets = {}, onLine = () => {}, signal } = options;
  const run = new Run({
    facts: {
      job: "job",
      namespace,
      revision: "local",
      identity: { id: "job-test", attempt: 1, trigger: "local" },
      dryRun,
    },
    inputs: {
      job: () => job,
      params: () => params,
      config: async () => configOf(cluster, namespace),
      secret: (name) => secretNamed(name, secrets),
    },
    writeLine: onLine,
  });
  const cancel = (): void => run.cancel(signal?.reason instanceof Error ? signal.reason.message : "cancelled");
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const report = await run.start();
    // The connections are closed a turn of the event loop later: nothing is left behind when this returns.
    await new Promise((resolve) => setImmediate(resolve));
    return report;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function configOf({ url, ca, adminToken }: Cluster, namespace: string): ClusterConfig {
  return { server: url, ca, token: { get: async () => adminToken }, namespace };
}

function secretNamed(name: string, secrets: Readonly<Record<string, string>>): string {
  const value = secrets[name];
  if (value === undefined)
    throw new RangeError(`the job's secret "${name}" is not among the secrets that the test gives`);
  return value;
}
