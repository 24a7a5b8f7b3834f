import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

type WhyFlags = ClusterFlags & OutputFlags;

export function addWhyCommand(program: Command): void {
  const command = program
    .command("why")
    .description("say why a job did not run, or why a run ended as it did, and what to do")
    .argument("<run>", "name of a run; or of a job, for its schedule and its newest run")
    .addHelpText("after", "\nExamples:\n  errand why pod-cleanup -n ops\n  errand why pod-cleanup-kt2c4 -n ops -o json")
    .action(why);
  addOutputFlag(addClusterFlags(command));
}

async function why(word: string, flags: WhyFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { explain } = await import("../diagnose/why/explain.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { describeWhy } = await import("./answers/describe-why.ts");
  await using cluster = await connect(flags);
  const found = await explain(cluster, word, new Date());
  const { run, ...rest } = found;
  const value = run === undefined ? rest : { ...rest, run: run.name, phase: run.record.phase, finding: run.finding };
  answer(flags.output, value, () => describeWhy(found));
}
