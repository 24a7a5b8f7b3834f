import type { ResourceCatalog } from "../../job/access.ts";
import type { ClusterConfig } from "../../kube/config/cluster-config.ts";
import type { Report } from "../report/report.ts";
import type { RunOptions } from "./run-options.ts";
import { startRun } from "./start-run.ts";

/** A run whose job, parameters and configuration are at hand. */
export interface ExecuteRunOptions extends Omit<RunOptions, "loadJob" | "readParams" | "loadConfig"> {
  /** A job file's default export. */
  readonly definition: unknown;
  /** Not yet validated. */
  readonly params: unknown;
  readonly config: ClusterConfig;
  readonly catalog: ResourceCatalog;
  /** Cancels the run, as SIGTERM does in the pod. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a job from its start to its report, in this process and without touching anything of it: no signal handler, no exit, no file.
 *
 * @returns the report of the run, whatever its outcome; never rejects because of the job
 */
export async function executeRun(options: ExecuteRunOptions): Promise<Report> {
  const { definition, params, config, signal, ...rest } = options;
  const run = startRun({
    ...rest,
    loadJob: () => definition,
    readParams: () => params,
    loadConfig: async () => config,
  });
  const cancel = (): void => run.cancel(signal?.reason instanceof Error ? signal.reason.message : "cancelled");
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const report = await run.finished;
    // The connections are closed a turn of the event loop later: what is returned from leaves nothing behind.
    await new Promise((resolve) => setImmediate(resolve));
    return report;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
