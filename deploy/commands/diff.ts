import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/references.ts";
import { findJobFiles } from "../project/job-file.ts";
import { connect } from "../project/load-config.ts";
import { type PreparedJob, prepareJobs, refuseSharedImage } from "../project/prepare.ts";
import { compareManifests, type Difference } from "../release/compare.ts";
import { withFieldSource } from "../release/explain-refusal.ts";
import { fitManifests } from "../release/fit-manifests.ts";
import { answer } from "../terminal/answer.ts";
import { style, talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { DIFF } from "./declared/delivering.ts";

type DiffFlags = FlagsOf<typeof DIFF>;

/** What deploying one job would change. */
interface JobDifferences {
  readonly job: string;
  readonly differences: readonly Difference[];
}

export async function diff(paths: readonly string[], flags: DiffFlags): Promise<void> {
  const jobs = await prepareJobs(findJobFiles(paths), flags);
  refuseSharedImage(jobs);
  await using cluster = await connect(flags);
  const found: JobDifferences[] = [];
  for (const job of jobs) found.push({ job: job.name, differences: await differencesOf(cluster, job, flags) });
  const wouldChange = found.some(({ differences }) => differences.some(({ change }) => change !== "unchanged"));
  process.exitCode = wouldChange ? 1 : 0;
  const [first] = found;
  if (first !== undefined && found.length === 1) answer(flags.output, first.differences, () => describe(first));
  else answer(flags.output, found, () => found.map((each) => `# ${each.job}\n${describe(each)}`).join("\n\n"));
}

async function differencesOf(cluster: Cluster, job: PreparedJob, flags: DiffFlags): Promise<Difference[]> {
  const { manifests, warnings } = await fitManifests(cluster, job, new Date());
  for (const warning of warnings) talk(`${style.yellow("warning:")} ${warning}`);
  const found = await compareManifests(cluster.client, manifests, flags.forceConflicts ?? false).catch(
    (error: unknown) => {
      throw withFieldSource(error, [job]);
    },
  );
  return found.filter(({ change, unmanaged }) => change !== "unchanged" || unmanaged !== undefined);
}

function describe({ differences }: JobDifferences): string {
  if (differences.length === 0) return "no difference";
  return differences
    .map(({ object, change, lines, unmanaged = [] }) =>
      [
        `${describeReference(object)}: ${change}`,
        ...lines,
        ...unmanaged.map((field) => `not managed by errand; a deploy leaves it alone: ${field}`),
      ].join("\n"),
    )
    .join("\n\n");
}
