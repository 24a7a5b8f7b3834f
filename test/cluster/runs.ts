import { fileURLToPath } from "node:url";
import type { Report } from "../../runtime/run/report/report.ts";
import type { TestNamespace } from "./namespace.ts";
import { until } from "./until.ts";

/** Enough for two commands on a slow machine. */
const UNDISTURBED_MS = 60_000;

const RUN_LABEL = "batch.kubernetes.io/job-name";

/** A run as the command line answered it. */
export interface AnsweredRun {
  /** The command's exit code. */
  readonly code: number | null;
  readonly report: Report;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly state: { readonly terminated?: { readonly exitCode: number; readonly message?: string } };
      }[];
    };
  }[];
}

/**
 * Deploys a job of the repository and expects that to succeed.
 *
 * @param namespace where to
 * @param file its path from the top of the repository, or a bare name for one of `test/cluster/jobs`
 */
export async function deploy(namespace: TestNamespace, file: string): Promise<void> {
  const path = file.includes("/") ? `../../${file}` : `jobs/${file}.ts`;
  const args = ["deploy", fileURLToPath(new URL(path, import.meta.url)), "--image", namespace.access.nodeImage];
  const { code, stderr } = await namespace.errand(args);
  if (code !== 0) throw new Error(`errand ${args.join(" ")} ended with ${code}: ${stderr}`);
}

/**
 * Runs a deployed job now and waits for its end.
 *
 * @param namespace where it is deployed
 * @param job its name
 * @param flags more flags of `errand trigger`
 */
export async function triggerAndWait(
  namespace: TestNamespace,
  job: string,
  ...flags: readonly string[]
): Promise<AnsweredRun> {
  return answered(await namespace.errand(["trigger", job, "--wait", "--output", "json", ...flags]));
}

/**
 * Starts a run of a deployed job and waits until its process has started it.
 *
 * @param namespace where it is deployed
 * @param job its name
 * @param flags more flags of `errand trigger`
 * @returns the run's name
 */
export async function triggerAndGo(
  namespace: TestNamespace,
  job: string,
  ...flags: readonly string[]
): Promise<string> {
  const { stdout } = await namespace.errand(["trigger", job, "--output", "json", ...flags]);
  const { run } = JSON.parse(stdout) as { run: string };
  await namespace.kubectl.waitFor("jsonpath={.status.ready}=1", [`job/${run}`]);
  await untilRecorded(namespace, run, '"outcome":"running"');
  return run;
}

/**
 * Waits until a run's flight recorder has stored something, up to a second after it happened: from then on it outlives the process.
 *
 * @param namespace where it runs
 * @param run its name; it has one pod
 * @param text a part of the report as JSON
 */
export async function untilRecorded(namespace: TestNamespace, run: string, text: string): Promise<void> {
  const [pod] = await podsOf(namespace, run);
  if (pod === undefined) throw new Error(`Run ${run} has no pod.`);
  await until(`run ${run} has recorded ${text}`, async () =>
    (await namespace.terminationLogsOf(pod.metadata.uid)).includes(text),
  );
}

/**
 * Waits, if need be, until what is scheduled every few minutes is not due for a while, so that it does not disturb.
 *
 * @param minutes of the schedule, a part of an hour
 */
export async function untilNothingIsDue(minutes: number): Promise<void> {
  const period = minutes * 60_000;
  await until("nothing is due for a while", async () => period - (Date.now() % period) > UNDISTURBED_MS);
}

/**
 * Reads a run's report with the command line, once it has ended.
 *
 * @param namespace where it is
 * @param run its name
 */
export async function resultOf(namespace: TestNamespace, run: string): Promise<AnsweredRun> {
  return answered(await namespace.errand(["result", run, "--wait", "--output", "json"]));
}

/**
 * Reads the report of the run's process with kubectl: the termination message of its only pod.
 *
 * @param namespace where it is
 * @param run its name
 */
export async function terminationMessageOf(namespace: TestNamespace, run: string): Promise<Report> {
  const [pod] = await podsOf(namespace, run);
  const message = pod?.status.containerStatuses?.[0]?.state.terminated?.message;
  if (message === undefined) throw new Error(`The pod of ${run} has no termination message.`);
  return JSON.parse(message) as Report;
}

/**
 * The pods of a run, one per attempt.
 *
 * @param namespace where it is
 * @param run its name
 */
export async function podsOf(namespace: TestNamespace, run: string): Promise<PodList["items"]> {
  return (await namespace.kubectl.get<PodList>("pods", `--selector=${RUN_LABEL}=${run}`)).items;
}

function answered({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): AnsweredRun {
  if (stdout === "") throw new Error(`errand answered nothing and ended with ${code}: ${stderr}`);
  return { code, report: JSON.parse(stdout) as Report };
}
