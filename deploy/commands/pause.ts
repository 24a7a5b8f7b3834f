import { connect } from "../project/connect.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn, listActiveRuns } from "../runs/find-run.ts";
import { pauseJob } from "../runs/pause.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { PAUSE } from "./declared/operating.ts";

type PauseFlags = FlagsOf<typeof PAUSE>;

export async function pause(word: string, flags: PauseFlags): Promise<void> {
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
