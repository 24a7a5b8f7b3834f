import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "../cli-options.ts";
import { DEFAULT_IMAGE } from "../manifests/node-command.ts";

interface DeployFlags extends ClusterFlags, OutputFlags {
  readonly image: string;
  readonly dryRun?: true;
  readonly forceConflicts?: true;
}

export function addDeployCommand(program: Command): void {
  const command = program
    .command("deploy")
    .description("put a job into a cluster: ServiceAccount, Role, ConfigMap and CronJob")
    .argument("<file>", "job file")
    .option("--image <image>", "container image with Node 24 or newer", DEFAULT_IMAGE)
    .option("--dry-run", "only let the API server validate everything, and say what would change")
    .option("--force-conflicts", "take fields that another manager owns")
    .addHelpText("after", "\nExample: errand deploy jobs/pod-cleanup.ts -n ops")
    .action(deploy);
  addOutputFlag(addClusterFlags(command));
}

async function deploy(file: string, flags: DeployFlags): Promise<void> {
  const { deployJob } = await import("../cluster/deploy-job.ts");
  const { answer, table } = await import("../output/answer.ts");
  const { describeReference } = await import("../cluster/resource-path.ts");
  const { talk } = await import("../output/talk.ts");
  const deployed = await deployJob(file, flags);
  const rows = deployed.changes.map(({ object, change }) => [describeReference(object), change]);
  answer(flags.output, deployed, () => table(["OBJECT", flags.dryRun ? "WOULD BE" : "CHANGE"], rows));
  talk(deployed.next);
}
