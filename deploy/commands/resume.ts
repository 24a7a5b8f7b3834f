import { connect } from "../project/connect.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { resumeJob } from "../runs/pause.ts";
import { nextRuns } from "../schedule/schedule.ts";
import { zonedTime } from "../schedule/wall-clock.ts";
import { answer } from "../terminal/answer.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { RESUME } from "./declared/operating.ts";

type ResumeFlags = FlagsOf<typeof RESUME>;

export async function resume(word: string, flags: ResumeFlags): Promise<void> {
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
