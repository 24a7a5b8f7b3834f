import type { Cluster } from "../cluster/connect.ts";
import { listJobs } from "../runs/fetch-jobs.ts";
import { isPersonThere, pickOne } from "../terminal/ask.ts";
import { UsageError } from "../terminal/command-error.ts";

/**
 * Returns the job that was named, or lets the person choose one of the deployed jobs.
 *
 * @param nameOrFile as given
 * @param command the command that needs it, for the message
 * @throws {UsageError} if nobody can choose; it lists the jobs
 */
export async function nameOrChoice(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  nameOrFile: string | undefined,
  command: string,
): Promise<string> {
  if (nameOrFile !== undefined) return nameOrFile;
  const names = (await listJobs(client, namespace)).map(({ metadata }) => metadata.name).toSorted();
  if (names.length === 0) {
    throw new UsageError(`Namespace "${namespace}" has no jobs`, {
      hint: "Choose another namespace with -n; errand ps -A lists all jobs.",
    });
  }
  if (isPersonThere()) return await pickOne(`Which job? (errand ${command})`, names);
  throw new UsageError(`Which job? Namespace "${namespace}" has ${names.join(", ")}`, {
    hint: `Name one: errand ${command} ${names[0]} -n ${namespace}`,
  });
}
