// The public entry `errand/testing`: a Kubernetes API in memory, and a way to run a job on it, for a project's own tests.
import { builtinCatalog } from "../kube/catalog/builtin.ts";
import { createClient } from "../kube/client.ts";
import { executeRun } from "../run/lifecycle/execute-run.ts";
import type { Report } from "../run/report/report.ts";
import type { EmbeddedCluster } from "./embedded-cluster.ts";

export type { KubeObject } from "../kube/surface/objects.ts";
export type { Report } from "../run/report/report.ts";
export { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from "./embedded-cluster.ts";
export type { Fault, FaultEffect } from "./faults/faults.ts";

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
  cluster: Pick<EmbeddedCluster, "url" | "ca" | "adminToken">,
  options: RunJobOptions = {},
): Promise<Report> {
  const { namespace = "default", params = {}, dryRun = false, secrets = {}, onLine = () => {}, signal } = options;
  return await executeRun({
    job: "job",
    namespace,
    revision: "local",
    identity: { id: "job-test", attempt: 1, trigger: "local" },
    dryRun,
    definition: job,
    params,
    config: { server: cluster.url, ca: cluster.ca, token: { get: async () => cluster.adminToken }, namespace },
    catalog: builtinCatalog,
    createClient,
    readSecret: (name) => secretNamed(name, secrets),
    writeLine: onLine,
    signal,
  });
}

function secretNamed(name: string, secrets: Readonly<Record<string, string>>): string {
  const value = secrets[name];
  if (value === undefined)
    throw new RangeError(`the job's secret "${name}" is not among the secrets that the test gives`);
  return value;
}
