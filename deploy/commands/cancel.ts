import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

type CancelFlags = ClusterFlags & OutputFlags;

export function addCancelCommand(program: Command): void {
  const command = program
    .command("cancel")
    .description("end an active run: it gets SIGTERM, is not retried, and its report is kept")
    .argument("<run>", "name of a run; or of a job, for its active run")
    .addHelpText("after", "\nExamples:\n  errand cancel pod-cleanup -n ops\n  errand cancel pod-cleanup-kt2c4 -n ops")
    .action(cancel);
  addOutputFlag(addClusterFlags(command));
}

async function cancel(word: string, flags: CancelFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { findActiveRun } = await import("../runs/find-active-run.ts");
  const { cancelRun } = await import("../runs/cancel-run.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { describeReport } = await import("./answers/describe-report.ts");
  const { talk } = await import("../terminal/talk.ts");
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const { job, pods } = await findActiveRun(api, namespace, word);
  talk(`ending run ${job.metadata.name}: it has 30 s to stop by itself`);
  const report = await cancelRun(api, job, pods, new Date());
  answer(flags.output, report, () => describeReport(report));
}
