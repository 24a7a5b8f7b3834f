import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

type ResumeFlags = ClusterFlags & OutputFlags;

export function addResumeCommand(program: Command): void {
  const command = program
    .command("resume")
    .description("let a paused job's schedule go on")
    .argument("<job>", "name of the job, or its file")
    .addHelpText("after", "\nExample: errand resume pod-cleanup -n ops")
    .action(resume);
  addOutputFlag(addClusterFlags(command));
}

async function resume(word: string, flags: ResumeFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { findJob } = await import("../runs/find-job.ts");
  const { resumeJob } = await import("../runs/pause.ts");
  const { nextRuns } = await import("../schedule/schedule.ts");
  const { zonedTime } = await import("../schedule/wall-clock.ts");
  const { answer } = await import("../terminal/answer.ts");
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const cronJob = await findJob(api, namespace, job);
  const change = await resumeJob(api, cronJob);
  const { schedule = "", timeZone = "Etc/UTC" } = cronJob.spec ?? {};
  const [next] = nextRuns({ schedule, timeZone }, new Date(), 1);
  const when = next === undefined ? "" : `; next run ${zonedTime(next, timeZone)} ${timeZone}`;
  answer(flags.output, { job, namespace, change, next: next?.toISOString() ?? null }, () =>
    change === "unchanged" ? `${job} was not paused${when}` : `${job} is resumed${when}`,
  );
}
