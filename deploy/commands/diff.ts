import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/references.ts";
import { renderManifests } from "../manifests/render.ts";
import { connect } from "../project/connect.ts";
import { findJobFiles } from "../project/job-file.ts";
import { type PreparedJob, prepareJobs } from "../project/prepare.ts";
import { compareManifests, type Difference } from "../release/compare.ts";
import { describeUnserved, withScopes } from "../release/find-scopes.ts";
import { PodFieldError } from "../release/pod-field-error.ts";
import { refuseSharedImage } from "../release/refuse-shared-image.ts";
import { respectPause } from "../release/respect-pause.ts";
import { recordDeploy } from "../release/revisions/record-deploy.ts";
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
  const known = await withScopes(cluster.client, job, (rule, error) =>
    talk(`${style.yellow("warning:")} ${job.name}: ${describeUnserved(rule, error)}`),
  );
  const rendered = renderManifests({ ...known, namespace: cluster.namespace });
  const identity = { name: job.name, namespace: cluster.namespace, revision: job.bundle.hash };
  const recorded = await recordDeploy(cluster.client, identity, rendered, new Date());
  const { manifests } = await respectPause(cluster.client, recorded);
  const found = await compareManifests(cluster.client, manifests, flags.forceConflicts ?? false).catch(
    (error: unknown) => {
      throw error instanceof PodFieldError ? error.from(job.origins) : error;
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
