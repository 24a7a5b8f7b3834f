import { connect } from "../project/connect.ts";
import { cancelRun } from "../runs/cancel-run.ts";
import { findActiveRun } from "../runs/find-active-run.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { describeReport } from "./answers/describe-report.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { CANCEL } from "./declared/running.ts";

type CancelFlags = FlagsOf<typeof CANCEL>;

export async function cancel(word: string, flags: CancelFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const { job, pods } = await findActiveRun(api, namespace, word);
  talk(`ending run ${job.metadata.name}: it has 30 s to stop by itself`);
  const report = await cancelRun(api, job, pods, new Date());
  answer(flags.output, report, () => describeReport(report));
}
