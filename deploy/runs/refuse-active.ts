import type { Cluster } from "../cluster/connect.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../terminal/command-error.ts";
import { listActiveRuns } from "./find-run.ts";

/**
 * Refuses what must not be done while a job runs. Kubernetes itself counts only the runs of the schedule; here a run is a run, whoever started it.
 *
 * @param hint what the person can do
 * @throws {CommandError} that names the active runs
 */
export async function refuseActive(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  job: string,
  hint: string,
): Promise<void> {
  const active = await listActiveRuns(client, namespace, job);
  if (active.length === 0) return;
  const names = active.map(({ metadata }) => metadata.name).join(", ");
  throw new CommandError(`Job "${job}" is running (${names})`, { hint, exitCode: TRY_LATER_EXIT_CODE });
}
