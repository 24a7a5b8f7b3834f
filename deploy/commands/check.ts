import type { Command } from "commander";
import type { CheckedJob } from "../check-job.ts";
import { addOutputFlag, type OutputFlags } from "../cli-options.ts";

export function addCheckCommand(program: Command): void {
  const command = program
    .command("check")
    .description("find what is wrong with a job file, and say what it would do; needs no cluster")
    .argument("<file...>", "job files")
    .addHelpText("after", "\nExample: errand check jobs/*.ts")
    .action(check);
  addOutputFlag(command);
}

async function check(files: readonly string[], { output }: OutputFlags): Promise<void> {
  const { checkJob, describeCheck } = await import("../check-job.ts");
  const { answer } = await import("../output/answer.ts");
  const { explainError } = await import("../explain-error.ts");
  const { style } = await import("../output/style.ts");
  const { talk } = await import("../output/talk.ts");
  const { isJobTest } = await import("../job-name.ts");
  const checked: CheckedJob[] = [];
  for (const file of files.length > 1 ? files.filter((file) => !isJobTest(file)) : files) {
    try {
      checked.push(await checkJob(file, new Date()));
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
  answer(output, files.length === 1 ? checked[0] : checked, () => checked.map(describeCheck).join("\n\n"));
}
