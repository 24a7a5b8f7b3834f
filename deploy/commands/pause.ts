import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

type PauseFlags = ClusterFlags & OutputFlags;

export function addPauseCommand(program: Command): void {
  const command = program
    .command("pause")
    .description("stop a job's schedule, until resume; a deploy does not undo it, and active runs go on")
    .argument("<job>", "name of the job, or its file")
    .addHelpText("after", "\nExample: errand pause pod-cleanup -n ops")
    .action(pause);
  addOutputFlag(addClusterFlags(command));
}

async function pause(word: string, flags: PauseFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { jobNameIn, listActiveRuns } = await import("../runs/find-run.ts");
  const { findJob } = await import("../runs/find-job.ts");
  const { pauseJob } = await import("../runs/pause.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const change = await pauseJob(api, await findJob(api, namespace, job), new Date());
  const active = (await listActiveRuns(api, namespace, job)).map(({ metadata }) => metadata.name);
  answer(flags.output, { job, namespace, change, active }, () =>
    change === "unchanged" ? `${job} was paused already` : `${job} is paused: its schedule starts no runs`,
  );
  for (const run of active) talk(`Run ${run} goes on; to end it: errand cancel ${run} -n ${namespace}`);
  talk(`To let the schedule go on: errand resume ${job} -n ${namespace}`);
}
