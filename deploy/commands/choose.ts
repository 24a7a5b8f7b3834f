import type { Cluster } from "../cluster/connect.ts";
import { listJobs } from "../runs/fetch-jobs.ts";
import { isPersonThere, pickOne } from "../terminal/ask.ts";
import { UsageError } from "../terminal/command-error.ts";

/**
 * The job that was named; where none was, the one that the person chooses among those that are deployed.
 *
 * @param nameOrFile as it was given
 * @param command what is to be done with it, for the message
 * @throws {UsageError} where nobody can choose: it lists what there is
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
