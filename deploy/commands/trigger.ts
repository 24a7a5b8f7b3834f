import type { Command } from "commander";
import {
  addClusterFlags,
  addOutputFlag,
  addParamFlags,
  type ClusterFlags,
  durationFlag,
  type OutputFlags,
  type ParamFlags,
} from "../cli-options.ts";

interface TriggerFlags extends ClusterFlags, OutputFlags, ParamFlags {
  readonly dryRun?: true;
  readonly wait?: true;
  readonly timeout?: number;
  readonly force?: true;
}

export function addTriggerCommand(program: Command): void {
  const command = program
    .command("trigger")
    .description("run a deployed job now")
    .argument("<job>", "name of the job, or its file: then the parameters are validated here too")
    .option("-w, --wait", "wait for its end, print the report, and end with the exit code of its outcome")
    .option("--timeout <duration>", "wait no longer than this, such as 10m; the run goes on", durationFlag)
    .option("--force", "run beside another run that is active")
    .addHelpText("after", "\nExample: errand trigger pod-cleanup -n ops --param olderThan=2h --dry-run --wait")
    .action(trigger);
  addParamFlags(addOutputFlag(addClusterFlags(command)));
}

async function trigger(word: string, flags: TriggerFlags): Promise<void> {
  const { validateLocally } = await import("../params/validate-locally.ts");
  const { connect } = await import("../cluster/connect.ts");
  const { triggerRun } = await import("../runs/trigger-run.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { answerRun } = await import("../runs/answer-run.ts");
  const { answer } = await import("../output/answer.ts");
  const { talk } = await import("../output/talk.ts");
  const name = jobNameIn(word);
  if (name !== word) await validateLocally(word, flags.param);
  await using cluster = await connect(flags);
  const { dryRun = false, force = false } = flags;
  const run = await triggerRun(cluster, name, { param: flags.param, dryRun, force });
  const { namespace } = cluster;
  if (flags.wait) {
    talk(`run ${run.metadata.name} in namespace ${namespace}`);
    await answerRun(cluster, run, { ...flags, wait: true });
    return;
  }
  answer(flags.output, { job: name, run: run.metadata.name, namespace, dryRun }, () => run.metadata.name);
  talk(`Its result: errand result ${run.metadata.name} -n ${namespace} --wait`);
}
