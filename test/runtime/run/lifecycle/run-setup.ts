import type { defineJob, Report } from "errand";
import type { RunContext } from "../../../../runtime/run/lifecycle/job.ts";
import type { RunInputs } from "../../../../runtime/run/lifecycle/load.ts";
import { Run, type RunOptions } from "../../../../runtime/run/lifecycle/run.ts";
import type { RunFacts } from "../../../../runtime/run/lifecycle/run-record.ts";
import { manualClock } from "../output/manual-clock.ts";
import { fakeClients } from "./fake-client.ts";

export type Job = Parameters<typeof defineJob>[0];

/** What a test gives of a run besides the fields of its job. */
export interface Given extends Partial<Omit<RunOptions, "facts" | "inputs">> {
  /** What the job file exports instead of the job of the given fields. */
  readonly definition?: unknown;
  readonly params?: unknown;
  readonly facts?: Partial<RunFacts>;
  readonly inputs?: Partial<RunInputs>;
}

/** Options of a run whose job, client, clock and log are the test's. */
export function setUp(fields: Partial<Job> = {}, given: Given = {}) {
  const { definition, params = {}, facts, inputs, ...more } = given;
  const clients = fakeClients();
  const clock = manualClock();
  const lines: string[] = [];
  const job = { kind: "errand/job", access: { pods: ["list", "delete"] }, run: () => undefined, ...fields };
  const options = {
    facts: {
      job: "pod-cleanup",
      namespace: "team-a",
      revision: "abc",
      identity: { id: "pod-cleanup-1", attempt: 1, trigger: "manual" },
      dryRun: false,
      ...facts,
    },
    inputs: {
      job: () => (Object.hasOwn(given, "definition") ? definition : job),
      params: () => params,
      config: async () => ({ server: "https://127.0.0.1", namespace: "team-a" }),
      ...inputs,
    },
    createClient: clients.createClient,
    writeLine: (line: string) => lines.push(line),
    clock,
    peakMemoryBytes: () => 1_000,
    ...more,
  } satisfies RunOptions;
  return { options, clock, lines, made: clients.made };
}

/** A run from its start to its report, and until its connections are closed. */
export async function finish(options: RunOptions): Promise<Report> {
  const report = await new Run(options).start();
  await new Promise((resolve) => setImmediate(resolve));
  return report;
}

export function run(fields: Partial<Job>, more: Given = {}): Promise<Report> {
  return finish(setUp(fields, more).options);
}

/** Starts a run whose job waits at `begun` for the test, and ends when the test lets it or never. */
export async function startWaiting(
  react: (context: RunContext) => Promise<unknown>,
  fields: Partial<Job> = {},
  given: Given = {},
) {
  const { promise: begun, resolve } = Promise.withResolvers<RunContext>();
  const waiting: Partial<Job> = {
    ...fields,
    run: (context) => {
      resolve(context as RunContext);
      return react(context as RunContext);
    },
  };
  const set = setUp(waiting, given);
  const handle = new Run(set.options);
  void handle.start();
  return { ...set, handle, context: await begun };
}

export const untilAborted = ({ signal }: RunContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

export async function threeDeletes({ kube }: RunContext): Promise<unknown> {
  const { pods } = kube as unknown as { pods: { delete(name: string): Promise<unknown> } };
  for (const name of ["a", "b", "c"]) await pods.delete(name);
  return { deleted: 3 };
}
