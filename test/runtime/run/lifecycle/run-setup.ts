import type { defineJob, Report } from "errand";
import type { RunContext } from "../../../../runtime/run/lifecycle/context.ts";
import { type ExecuteRunOptions, executeRun } from "../../../../runtime/run/lifecycle/execute-run.ts";
import { type RunHandle, startRun } from "../../../../runtime/run/lifecycle/start-run.ts";
import { smallCatalog } from "../../job/small-catalog.ts";
import { manualClock } from "../output/manual-clock.ts";
import { fakeClients } from "./fake-client.ts";

export type Job = Parameters<typeof defineJob>[0];

/** Options of a run whose job, client, clock and log are the test's. */
export function setUp(fields: Partial<Job> = {}, more: Partial<ExecuteRunOptions> = {}) {
  const clients = fakeClients();
  const clock = manualClock();
  const lines: string[] = [];
  const options: ExecuteRunOptions = {
    job: "pod-cleanup",
    namespace: "team-a",
    revision: "abc",
    identity: { id: "pod-cleanup-1", attempt: 1, trigger: "manual" },
    dryRun: false,
    definition: { kind: "errand/job", access: { pods: ["list", "delete"] }, run: () => undefined, ...fields },
    params: {},
    config: { server: "https://127.0.0.1", namespace: "team-a" },
    catalog: smallCatalog,
    createClient: clients.createClient,
    writeLine: (line) => lines.push(line),
    clock,
    peakMemoryBytes: () => 1_000,
    ...more,
  };
  return { options, clock, lines, made: clients.made };
}

export function run(fields: Partial<Job>, more: Partial<ExecuteRunOptions> = {}): Promise<Report> {
  return executeRun(setUp(fields, more).options);
}

/** Starts a run whose job waits at `begun` for the test, and ends when the test lets it or never. */
export async function startWaiting(react: (context: RunContext) => Promise<unknown>, fields: Partial<Job> = {}) {
  const { promise: begun, resolve } = Promise.withResolvers<RunContext>();
  const set = setUp({
    ...fields,
    run: (context) => {
      resolve(context as RunContext);
      return react(context as RunContext);
    },
  });
  const { definition, params, config, ...rest } = set.options;
  const handle: RunHandle = startRun({
    ...rest,
    loadJob: () => definition,
    readParams: () => params,
    loadConfig: async () => config,
  });
  return { ...set, handle, context: await begun };
}

export const untilAborted = ({ signal }: RunContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

export async function threeDeletes({ kube }: RunContext): Promise<unknown> {
  const { pods } = kube as unknown as { pods: { delete(name: string): Promise<unknown> } };
  for (const name of ["a", "b", "c"]) await pods.delete(name);
  return { deleted: 3 };
}
