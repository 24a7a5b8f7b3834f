import type { Command } from "commander";
import type { CheckedJob } from "../check-job.ts";
import { addImageFlags, addOutputFlag, environmentOption, type ImageFlags, type OutputFlags } from "../cli-options.ts";

interface CheckFlags extends ImageFlags, OutputFlags {
  readonly env?: string;
  readonly showConfig?: true;
}

const HELP_END = `
Examples:
  errand check jobs/*.ts
  errand check jobs/pod-cleanup.ts --env production --show-config`;

export function addCheckCommand(program: Command): void {
  const command = program
    .command("check")
    .description("find what is wrong with a job file, and say what it would do; needs no cluster")
    .argument("<file...>", "job files")
    .option("--show-config", "also print every setting that is in force, and where it comes from")
    .addOption(environmentOption())
    .addHelpText("after", HELP_END)
    .action(check);
  addOutputFlag(addImageFlags(command));
}

async function check(files: readonly string[], flags: CheckFlags): Promise<void> {
  const { checkJob, describeCheck, describeConfig } = await import("../check-job.ts");
  const { answer } = await import("../output/answer.ts");
  const { explainError } = await import("../explain-error.ts");
  const { style } = await import("../output/style.ts");
  const { talk } = await import("../output/talk.ts");
  const { isJobTest } = await import("../job-name.ts");
  const checked: CheckedJob[] = [];
  for (const file of files.length > 1 ? files.filter((file) => !isJobTest(file)) : files) {
    try {
      checked.push(await checkJob(file, new Date(), flags));
    } catch (error) {
      const { message, hint, exitCode } = explainError(error);
      talk(`${style.red("error:")} ${message}${hint === undefined ? "" : `\n${hint}`}`);
      process.exitCode = exitCode;
    }
  }
  for (const { file, warnings } of checked) {
    for (const warning of warnings) talk(`${style.yellow("warning:")} ${file}: ${warning}`);
  }
  if (checked.length === 0) return;
  const text = (job: CheckedJob) => `${describeCheck(job)}${flags.showConfig ? `\n\n${describeConfig(job)}` : ""}`;
  answer(flags.output, files.length === 1 ? checked[0] : checked, () => checked.map(text).join("\n\n"));
}
