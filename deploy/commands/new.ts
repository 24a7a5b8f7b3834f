import { completeAnswers } from "../new/ask.ts";
import { createJob } from "../new/create-job.ts";
import { answer, table } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { NEW } from "./declared/delivering.ts";

type NewFlags = FlagsOf<typeof NEW>;

export async function createNew(name: string | undefined, { template, ci, output }: NewFlags): Promise<void> {
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
