import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

type AccessFlags = ClusterFlags & OutputFlags;

export function addAccessCommand(program: Command): void {
  const command = program
    .command("access")
    .description(
      "compare what a job declares with its Role, with what the cluster allows it, and with what its runs used",
    )
    .argument("<job>", "name of a deployed job; or its file, for what that declares now")
    .addHelpText(
      "after",
      "\nAsking takes the rights to create subjectaccessreviews and to impersonate the ServiceAccount; without them it says less." +
        "\nExamples:\n  errand access pod-cleanup -n ops\n  errand access jobs/pod-cleanup.ts -n ops",
    )
    .action(access);
  addOutputFlag(addClusterFlags(command));
}

async function access(word: string, flags: AccessFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { findJob } = await import("../runs/find-job.ts");
  const { declaredInFile, declaredWhenDeployed } = await import("../diagnose/access/declared-rights.ts");
  const { fetchAccess } = await import("../diagnose/access/fetch-access.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { describeAccess } = await import("./answers/describe-access.ts");
  const { talk } = await import("../terminal/talk.ts");
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const inFile = job === word ? undefined : await declaredInFile(word, namespace);
  const cronJob = await findJob(api, namespace, job);
  const found = await fetchAccess(cluster, cronJob, inFile ?? (await declaredWhenDeployed(api, cronJob)));
  answer(flags.output, { job, namespace, ...found }, () => describeAccess(found));
  for (const note of found.notes) talk(note);
}
