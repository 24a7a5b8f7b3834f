// The public entry `errand/testing`: a Kubernetes API in memory, and a way to run jobs on it, for a project's own tests.
import type { ClusterConfig } from "../kube/config/cluster-config.ts";
import { Run } from "../run/lifecycle/run.ts";
import type { Report } from "../run/report/report.ts";
import type { EmbeddedCluster } from "./embedded-cluster.ts";
import { NAMESPACES } from "./objects/resource-table.ts";
import { readDocuments } from "./seed/read-documents.ts";

export type { KubeObject } from "../kube/surface/objects.ts";
export type { Report } from "../run/report/report.ts";
export { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from "./embedded-cluster.ts";
export type { Fault, FaultEffect } from "./faults/faults.ts";

type Cluster = Pick<EmbeddedCluster, "url" | "ca" | "adminToken" | "store">;

export interface RunJobOptions {
  /** An existing namespace. Default: `default`. */
  readonly namespace?: string;
  /** Parameters, validated as in a run. Default: none. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Validates every mutation without making it. Default: false. */
  readonly dryRun?: boolean;
  /** The values of the job's `secrets`, by their names in the job. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Answers what the job calls through `http`, once it is declared. Default: Node's own fetch. */
  readonly fetch?: typeof fetch;
  /** Called with each line of the job's log, which is JSON. Default: the log is dropped. */
  readonly onLine?: (line: string) => void;
  /** Cancels the run, like SIGTERM in a pod. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a job against an embedded cluster in this process, with its guard, limits and rehearsal.
 *
 * @param job a job file's default export
 * @returns the report, whatever the outcome; never rejects because of the job
 * @throws {RangeError} for a namespace that does not exist, in which the job would find nothing and succeed
 * @example
 * await using cluster = await startEmbeddedCluster();
 * const { outcome, result } = await runJob(job, cluster, { params: { olderThan: "2h" } });
 */
export async function runJob(
  job: { readonly kind: "errand/job" },
  cluster: Cluster,
  options: RunJobOptions = {},
): Promise<Report> {
  const {
    namespace = "default",
    params = {},
    dryRun = false,
    secrets = {},
    onLine = () => {},
    fetch,
    signal,
  } = options;
  if (!cluster.store.get(NAMESPACES, undefined, namespace)) {
    throw new RangeError(
      `The namespace "${namespace}" does not exist in the embedded cluster: apply its objects first`,
    );
  }
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
    fetch,
  });
  const cancel = (): void => run.cancel(signal?.reason instanceof Error ? signal.reason.message : "cancelled");
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const report = await run.start();
    // Wait for the turn of the event loop in which the run closes its connections.
    await new Promise((resolve) => setImmediate(resolve));
    return report;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/**
 * Fills an embedded cluster with the objects of YAML or JSON files, such as the output of `kubectl get -o yaml`, like `errand run --embedded --seed`: all of
 * them or, if one is invalid, none. Objects get new uids, and owner references are adjusted.
 *
 * @param paths files, or folders whose `.yaml`, `.yml` and `.json` files are read
 * @param options.namespace of objects without one. Default: `default`
 * @throws {RangeError} with every problem and its file and document
 * @example
 * await using cluster = await startEmbeddedCluster();
 * await seed(cluster, "test/objects.yaml", { namespace: "team" });
 */
export async function seed(
  cluster: Pick<EmbeddedCluster, "applyDocuments">,
  paths: string | readonly string[],
  { namespace }: { readonly namespace?: string } = {},
): Promise<void> {
  cluster.applyDocuments(await readDocuments([paths].flat()), namespace);
}

function configOf({ url, ca, adminToken }: Cluster, namespace: string): ClusterConfig {
  return { server: url, ca, token: { get: async () => adminToken }, namespace };
}

function secretNamed(name: string, secrets: Readonly<Record<string, string>>): string {
  const value = secrets[name];
  if (value === undefined) throw new RangeError(`the test has no value for the job's secret "${name}"`);
  return value;
}
