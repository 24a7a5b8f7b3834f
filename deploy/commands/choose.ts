import { refuseMissingNamespace } from "../cluster/choose-namespaces.ts";
import type { Cluster } from "../cluster/connect.ts";
import { listJobs } from "../runs/fetch-jobs.ts";
import { hasSchedule } from "../runs/pause.ts";
import { liveSource } from "../source/live-source.ts";
import { isPersonThere, pickOne } from "../terminal/ask.ts";
import { UsageError } from "../terminal/command-error.ts";

/** What a command can be about. */
interface Choice {
  readonly noun: string;
  /** Completes `Namespace "shop" has no …`. */
  readonly what: string;
  readonly read: (cluster: Cluster) => Promise<string[]>;
}

const JOBS: Choice = { noun: "job", what: "jobs", read: (cluster) => jobNames(cluster) };

/** Commands that only some jobs or runs make sense for. */
const CHOICES: Readonly<Record<string, Choice>> = {
  cancel: { noun: "run", what: "active runs", read: activeRuns },
  resume: {
    noun: "job",
    what: "paused jobs",
    read: (cluster) => jobNames(cluster, (cronJob) => cronJob.spec?.suspend === true && hasSchedule(cronJob)),
  },
};

/**
 * Returns the job or run that was named, or lets the person choose one.
 *
 * @param nameOrFile as given
 * @param command the command that needs it; `cancel` offers active runs, `resume` paused jobs, all others jobs
 * @throws {UsageError} if nobody can choose; it lists the choices
 */
export async function nameOrChoice(cluster: Cluster, nameOrFile: string | undefined, command: string): Promise<string> {
  if (nameOrFile !== undefined) return nameOrFile;
  const { client, namespace } = cluster;
  const { noun, what, read } = CHOICES[command] ?? JOBS;
  const names = await read(cluster);
  const [first] = names;
  if (first === undefined) {
    await refuseMissingNamespace(client, namespace);
    throw new UsageError(`Namespace "${namespace}" has no ${what}`, {
      hint: "Choose another namespace with -n; errand ps -A lists all jobs.",
    });
  }
  if (isPersonThere()) return await pickOne(`Which ${noun}? (errand ${command})`, names);
  throw new UsageError(`Which ${noun}? Namespace "${namespace}" has ${names.join(", ")}`, {
    hint: `Name one: errand ${command} ${first} -n ${namespace}`,
  });
}

type CronJob = Awaited<ReturnType<typeof listJobs>>[number];

async function jobNames({ client, namespace }: Cluster, isOffered: (cronJob: CronJob) => boolean = () => true) {
  const jobs = await listJobs(client, namespace);
  return jobs
    .filter(isOffered)
    .map(({ metadata }) => metadata.name)
    .toSorted();
}

async function activeRuns(cluster: Cluster) {
  const { entries } = await liveSource(cluster, cluster.namespace).runs({ outcomes: ["running", "waiting"] });
  return entries.map(({ run }) => run);
}
