import type { Command } from "commander";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/resource-path.ts";
import type { PreparedJob } from "../project/prepare.ts";
import type { Difference } from "../release/compare.ts";
import {
  addClusterFlags,
  addImageFlags,
  addOutputFlag,
  type ClusterFlags,
  type ImageFlags,
  type OutputFlags,
} from "./options.ts";

interface DiffFlags extends ClusterFlags, ImageFlags, OutputFlags {
  readonly forceConflicts?: true;
}

export function addDiffCommand(program: Command): void {
  const command = program
    .command("diff")
    .description("say what deploying job files would change; ends with 1 where it would change something")
    .argument("<file...>", "job files, or folders of them")
    .option("--force-conflicts", "as if fields that another manager owns were taken")
    .addHelpText("after", "\nExamples:\n  errand diff jobs/pod-cleanup.ts -n ops\n  errand diff jobs -n ops")
    .action(diff);
  addOutputFlag(addClusterFlags(addImageFlags(command)));
}

/** What deploying one job would change. */
interface JobDifferences {
  readonly job: string;
  readonly differences: readonly Difference[];
}

async function diff(words: readonly string[], flags: DiffFlags): Promise<void> {
  const { findJobFiles } = await import("../project/job-file.ts");
  const { refuseSharedImage } = await import("../release/refuse-shared-image.ts");
  const { prepareJob } = await import("../project/prepare.ts");
  const { connect } = await import("../project/connect.ts");
  const { answer } = await import("../terminal/answer.ts");
  const jobs: PreparedJob[] = [];
  for (const file of findJobFiles(words)) jobs.push(await prepareJob(file, flags));
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
  const { compareManifests } = await import("../release/compare.ts");
  const { describeUnserved, withScopes } = await import("../release/find-scopes.ts");
  const { PodFieldError } = await import("../release/pod-field-error.ts");
  const { respectPause } = await import("../release/respect-pause.ts");
  const { renderManifests } = await import("../manifests/render.ts");
  const { recordDeploy } = await import("../release/revisions/record-deploy.ts");
  const { style } = await import("../terminal/style.ts");
  const { talk } = await import("../terminal/talk.ts");
  const known = await withScopes(cluster.api, job, (rule, error) =>
    talk(`${style.yellow("warning:")} ${job.name}: ${describeUnserved(rule, error)}`),
  );
  const rendered = renderManifests({ ...known, namespace: cluster.namespace });
  const identity = { name: job.name, namespace: cluster.namespace, revision: job.bundle.hash };
  const recorded = await recordDeploy(cluster.api, identity, rendered, new Date());
  const { manifests } = await respectPause(cluster.api, recorded);
  const found = await compareManifests(cluster.api, manifests, flags.forceConflicts ?? false).catch(
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
        ...unmanaged.map((field) => `not managed by errand, a deploy leaves it: ${field}`),
      ].join("\n"),
    )
    .join("\n\n");
}
