import { type Command, Option } from "commander";
import { CI_SERVICES, type CiService } from "../new/project.ts";
import { DEFAULT_TEMPLATE, TEMPLATE_NAMES, TEMPLATES, type TemplateName } from "../new/templates.ts";
import { addOutputFlag, type OutputFlags } from "./options.ts";

interface NewFlags extends OutputFlags {
  readonly template?: TemplateName;
  readonly ci?: CiService;
}

const HELP_END = `
Templates:
${TEMPLATE_NAMES.map((name) => `  ${name.padEnd(16)} ${TEMPLATES[name]}`).join("\n")}

What is missing is asked for on a terminal; elsewhere the template is ${DEFAULT_TEMPLATE}.

Examples:
  errand new pod-report --template report
  errand new sweep --template cleanup --ci github`;

export function addNewCommand(program: Command): void {
  const command = program
    .command("new")
    .description("begin a job: writes jobs/NAME.ts, a test for it, and what a project needs that has none")
    .argument("[name]", "the job's name, such as pod-report")
    .addOption(new Option("-t, --template <name>", "template to start from").choices(TEMPLATE_NAMES))
    .addOption(new Option("--ci <service>", "also write a CI file that checks and deploys").choices(CI_SERVICES))
    .addHelpText("after", HELP_END)
    .action(createNew);
  addOutputFlag(command);
}

async function createNew(name: string | undefined, { template, ci, output }: NewFlags): Promise<void> {
  const { completeAnswers } = await import("../new/ask.ts");
  const { createJob } = await import("../new/create-job.ts");
  const { answer, table } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  const isTerminal = Boolean(process.stdin.isTTY && process.stderr.isTTY);
  const answers = await completeAnswers({ name, template, ci }, isTerminal);
  const created = createJob({ ...answers, folder: process.cwd() });
  const rows = [
    ...created.created.map((path) => [path, "created"]),
    ...created.kept.map((path) => [path, "already exists, unchanged"]),
  ];
  answer(output, created, () => table(["FILE", ""], rows));
  talk(`\nNow:\n${created.next.map((command) => `  ${command}`).join("\n")}`);
}
