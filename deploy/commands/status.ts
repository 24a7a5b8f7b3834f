import { connect } from "../project/connect.ts";
import { fetchStatus } from "../runs/fetch-status.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { describeForeign } from "./answers/describe-jobs.ts";
import { describeJobStatus, describeRunStatus } from "./answers/describe-status.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { STATUS } from "./declared/operating.ts";

type StatusFlags = FlagsOf<typeof STATUS>;

export async function status(word: string, flags: StatusFlags): Promise<void> {
  await using cluster = await connect(flags);
  const now = new Date();
  const { job, record } = await fetchStatus(cluster, word, now, talk);
  const waiting = record?.phase === "waiting" ? { waiting: record.waiting } : {};
  const value = { job: job ?? null, phase: record?.phase ?? null, ...waiting, run: record?.report ?? null };
  answer(flags.output, value, () =>
    [
      ...(job === undefined ? [] : [describeJobStatus(job, now)]),
      ...(record === undefined ? [] : [describeRunStatus(record, new Date())]),
    ].join("\n\n"),
  );
  if (job?.foreign !== undefined) talk(describeForeign(job.namespace, job.job, job.foreign));
}
