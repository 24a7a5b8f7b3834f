import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { type Explanation, explainError } from "../cluster/explain-error.ts";
import { type CheckedCluster, checkCluster } from "../diagnose/checks/check-cluster.ts";
import { type CheckedJob, checkJob } from "../diagnose/checks/check-job.ts";
import { checkTypes } from "../diagnose/checks/type-check.ts";
import { findJobFiles } from "../project/job-file.ts";
import { connect } from "../project/load-config.ts";
import { type PreparedJob, prepareEach } from "../project/prepare.ts";
import { withScopes } from "../release/fit-manifests.ts";
import { answer } from "../terminal/answer.ts";
import { sayError, style, talk } from "../terminal/talk.ts";
import { describeCheck, describeConfig } from "./answers/describe-findings.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { CHECK } from "./declared/delivering.ts";

type CheckFlags = FlagsOf<typeof CHECK>;

interface Prepared {
  readonly file: string;
  readonly job: PreparedJob;
  /** Absent if no cluster was asked. */
  readonly cluster?: CheckedCluster;
}

export async function check(paths: readonly string[], flags: CheckFlags): Promise<void> {
  const files = findJobFiles(paths);
  const good = await prepareAll(files, flags);
  if (good.length === 0) return;
  const types = flags.types ? await checkTypes(good.map(({ job }) => job.file)) : [];
  const prepared = flags.cluster ? await askCluster(good, flags) : good;
  if (prepared.length === 0) return;
  const checked = prepared.map(({ file, job, cluster }): CheckedJob => {
    const ofTypes = types[good.findIndex((each) => each.file === file)];
    return {
      ...checkJob(file, job, new Date()),
      ...(ofTypes === undefined ? {} : { types: ofTypes }),
      ...(cluster === undefined ? {} : { cluster }),
    };
  });
  for (const each of checked) sayFindings(each, flags);
  const text = (job: CheckedJob) => `${describeCheck(job)}${flags.showConfig ? `\n\n${describeConfig(job)}` : ""}`;
  answer(flags.output, files.length === 1 ? checked[0] : checked, () => checked.map(text).join("\n\n"));
}

/** A problem with one file does not keep the others from being checked. */
async function prepareAll(files: readonly string[], flags: CheckFlags): Promise<Prepared[]> {
  const prepared = await prepareEach(files, flags);
  return files.flatMap((file, index) => {
    const each = prepared[index];
    if (each?.status === "fulfilled") return [{ file, job: each.value }];
    fail(explainError(each?.reason), flags);
    return [];
  });
}

/** Also learns the scopes of the jobs' custom resources. An error about one job does not keep the others from being checked. */
async function askCluster(prepared: readonly Prepared[], flags: CheckFlags): Promise<Prepared[]> {
  await using target = await connect(flags);
  const asked = await Promise.allSettled(
    prepared.map(async ({ file, job }) => {
      const known = await withScopes(target.client, job);
      return { file, job: known, cluster: await checkCluster(target, known) };
    }),
  );
  const failed = asked.filter((each) => each.status === "rejected");
  for (const { reason } of new Map(failed.map((each) => [explainError(each.reason).message, each])).values())
    fail(explainError(reason), flags);
  return asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}

function sayFindings({ file, warnings, types, cluster }: CheckedJob, flags: CheckFlags): void {
  for (const warning of warnings) talk(`${style.yellow("warning:")} ${file}: ${warning}`);
  if (types?.state === "checked") {
    for (const message of types.errors) fail({ message, exitCode: OUTCOMES.invalid.exitCode }, flags);
  }
  for (const problem of cluster?.problems ?? [])
    fail({ message: `${file}: ${problem}`, exitCode: cluster?.exitCode ?? 1 }, flags);
}

function fail(error: Explanation, { output }: CheckFlags): void {
  sayError(error, output);
  process.exitCode = error.exitCode;
}
