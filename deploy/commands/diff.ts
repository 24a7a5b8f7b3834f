import type { Command } from "commander";
import {
  addClusterFlags,
  addImageFlags,
  addOutputFlag,
  type ClusterFlags,
  type ImageFlags,
  type OutputFlags,
} from "../cli-options.ts";

interface DiffFlags extends ClusterFlags, ImageFlags, OutputFlags {
  readonly forceConflicts?: true;
}

export function addDiffCommand(program: Command): void {
  const command = program
    .command("diff")
    .description("say what deploying a job file would change; ends with 1 where it would change something")
    .argument("<file>", "job file")
    .option("--force-conflicts", "as if fields that another manager owns were taken")
    .addHelpText("after", "\nExample: errand diff jobs/pod-cleanup.ts -n ops")
    .action(diff);
  addOutputFlag(addClusterFlags(addImageFlags(command)));
}

async function diff(file: string, flags: DiffFlags): Promise<void> {
  const { prepareJob } = await import("../prepare.ts");
  const { connect } = await import("../cluster/connect.ts");
  const { compareManifests } = await import("../cluster/compare.ts");
  const { withScopes } = await import("../cluster/find-scopes.ts");
  const { respectPause } = await import("../cluster/respect-pause.ts");
  const { describeReference } = await import("../cluster/resource-path.ts");
  const { renderManifests } = await import("../manifests/render.ts");
  const { recordDeploy } = await import("../revisions/record-deploy.ts");
  const { answer } = await import("../output/answer.ts");
  const job = await prepareJob(file, flags);
  await using cluster = await connect(flags);
  const rendered = renderManifests({ ...(await withScopes(cluster.api, job)), namespace: cluster.namespace });
  const identity = { name: job.name, namespace: cluster.namespace, revision: job.bundle.hash };
  const recorded = await recordDeploy(cluster.api, identity, rendered, new Date());
  const { manifests } = await respectPause(cluster.api, recorded);
  const found = await compareManifests(cluster.api, manifests, flags.forceConflicts ?? false);
  const differences = found.filter(({ change }) => change !== "unchanged");
  process.exitCode = differences.length > 0 ? 1 : 0;
  answer(flags.output, differences, () =>
    differences.length === 0
      ? "no difference"
      : differences
          .map(({ object, change, lines }) => [`${describeReference(object)}: ${change}`, ...lines].join("\n"))
          .join("\n\n"),
  );
}
