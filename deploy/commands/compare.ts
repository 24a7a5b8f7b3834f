import { textOf } from "../../runtime/page/grid.ts";
import { connect } from "../project/load-config.ts";
import { zonedTime } from "../schedule/wall-clock.ts";
import { type Comparison, comparisonOf, type Difference } from "../source/compare.ts";
import { lastGoodBefore, ofNamed } from "../source/lookup.ts";
import type { RunDetail } from "../source/run-source.ts";
import { answer, table } from "../terminal/answer.ts";
import { UsageError } from "../terminal/command-error.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { COMPARE } from "./declared/operating.ts";
import { sourceOf } from "./from-hub.ts";

type CompareFlags = FlagsOf<typeof COMPARE>;

/** Exit code if the runs differ, as in diff. */
const DIFFERENT_EXIT_CODE = 1;

/** Shows what differs between two runs. */
export async function compare(
  names: readonly string[],
  { all = false, output, ...flags }: CompareFlags,
): Promise<void> {
  const [first = "", second, ...more] = names;
  if (more.length > 0) throw new UsageError(`compare takes two runs, not ${names.length}`);
  await using cluster = await connect(flags);
  const { namespace } = cluster;
  const source = await sourceOf(cluster, namespace, flags);
  const read = (name: string) => ofNamed(source, namespace, name, (which) => source.run(which));
  const after = await read(second ?? first);
  const before = second === undefined ? await lastGoodBefore(source, after) : await read(first);
  if (before === undefined) {
    throw new UsageError(`No good run of job "${after.entry.job}" before ${after.entry.run} is known`, {
      hint: `Name another run to compare with: errand history ${after.entry.job} -n ${namespace}`,
    });
  }
  const comparison = comparisonOf(before, after, (at) => `${zonedTime(new Date(at), "Etc/UTC")} UTC`);
  const { params, result, isSame } = comparison;
  answer(output, { before: before.entry, after: after.entry, isSame, params, result }, () =>
    describeComparison(before, after, comparison, all),
  );
  if (!isSame) process.exitCode = DIFFERENT_EXIT_CODE;
}

function describeComparison(before: RunDetail, after: RunDetail, compared: Comparison, isAll: boolean): string {
  const { facts, params, result, summary } = compared;
  const shown = facts.filter(({ name, isSame }) => isAll || !isSame || name === "Outcome");
  const rows = shown.map((fact) => [fact.name, fact.before, fact.after]);
  return [
    table(["RUN", before.entry.run, after.entry.run], rows),
    summary,
    ...(params.length === 0 ? [] : [describeDifferences("PARAMETER", params)]),
    ...(result.length === 0 ? [] : [describeDifferences("RESULT", result)]),
  ].join("\n\n");
}

function describeDifferences(heading: string, differences: readonly Difference[]): string {
  const side = (value: unknown) => (value === undefined ? "not there" : textOf(value));
  const rows = differences.map(({ path, before, after }) => [path || "(all of it)", side(before), side(after)]);
  return table([heading, "BEFORE", "AFTER"], rows);
}
