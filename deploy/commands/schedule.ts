import { connect } from "../project/load-config.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn, listActiveRuns } from "../runs/find-run.ts";
import { pauseJob, resumeJob } from "../runs/pause.ts";
import { nextRuns } from "../schedule/schedule.ts";
import { zonedTime } from "../schedule/wall-clock.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { PAUSE, RESUME } from "./declared/operating.ts";

type PauseFlags = FlagsOf<typeof PAUSE>;

export async function pause(nameOrFile: string | undefined, flags: PauseFlags): Promise<void> {
  await using cluster = await connect(flags);
  const job = jobNameIn(await nameOrChoice(cluster, nameOrFile, "pause"));
  const { client, namespace } = cluster;
  const change = await pauseJob(client, await findJob(client, namespace, job), new Date());
  const active = (await listActiveRuns(client, namespace, job)).map(({ metadata }) => metadata.name);
  answer(flags.output, { job, namespace, change, active }, () =>
    change === "unchanged" ? `${job} was already paused` : `${job} is paused: its schedule triggers no runs`,
  );
  for (const run of active) talk(`Run ${run} goes on; to end it: errand cancel ${run} -n ${namespace}`);
  talk(`To restart the schedule: errand resume ${job} -n ${namespace}`);
}

type ResumeFlags = FlagsOf<typeof RESUME>;

export async function resume(nameOrFile: string | undefined, flags: ResumeFlags): Promise<void> {
  await using cluster = await connect(flags);
  const job = jobNameIn(await nameOrChoice(cluster, nameOrFile, "resume"));
  const { client, namespace } = cluster;
  const cronJob = await findJob(client, namespace, job);
  const change = await resumeJob(client, cronJob);
  const { schedule = "", timeZone = "Etc/UTC" } = cronJob.spec ?? {};
  const [next] = nextRuns({ schedule, timeZone }, new Date(), 1);
  const when = next === undefined ? "" : `; next run ${zonedTime(next, timeZone)} ${timeZone}`;
  answer(flags.output, { job, namespace, change, next: next?.toISOString() ?? null }, () =>
    change === "unchanged" ? `${job} was not paused${when}` : `${job} is resumed${when}`,
  );
}
