import { explain } from "../diagnose/why/explain.ts";
import { connect } from "../project/connect.ts";
import { answer } from "../terminal/answer.ts";
import { describeWhy } from "./answers/describe-why.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { WHY } from "./declared/operating.ts";

type WhyFlags = FlagsOf<typeof WHY>;

export async function why(word: string, flags: WhyFlags): Promise<void> {
  await using cluster = await connect(flags);
  const found = await explain(cluster, word, new Date());
  const { run, ...rest } = found;
  const value = run === undefined ? rest : { ...rest, run: run.name, phase: run.record.phase, finding: run.finding };
  answer(flags.output, value, () => describeWhy(found));
}
