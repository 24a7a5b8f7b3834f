import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, podsOf, resultOf, terminationMessageOf, triggerAndGo, triggerAndWait, untilRecorded } from "./runs.ts";
import { PATIENCE } from "./until.ts";

const VICTIMS = ["victim-1", "victim-2", "victim-3"];

/** The verbs of `Job` that say whether Kubernetes would try again. */
interface Job {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] };
}

describe("a run's outcome", () => {
  let namespace: TestNamespace;

  beforeEach(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "outcomes");
  });
  afterEach(() => namespace.delete());

  const createVictims = (...names: readonly string[]) =>
    namespace.kubectl.apply(
      ...names.map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { victim: "yes" } } })),
    );

  const remainingVictims = async () => {
    const { items } = await namespace.kubectl.get<{ items: { metadata: { name: string } }[] }>(
      "configmaps",
      "--selector=victim",
    );
    return items.map(({ metadata }) => metadata.name).toSorted();
  };

  /** Kubernetes has ended the Job, so that no attempt comes after those that there are. */
  const attemptsOf = async (run: string) => {
    await namespace.kubectl.waitFor("condition=Failed", [`job/${run}`]);
    return (await podsOf(namespace, run)).length;
  };

  it("is invalid and not retried for invalid params", async () => {
    await deploy(namespace, "needs-count");
    const run = "bad-params";
    await startWithParams(namespace, run, { count: "many" });
    const { code, report } = await resultOf(namespace, run);
    expect(code).toBe(64);
    expect(report.outcome).toBe("invalid");
    expect(report.error?.message).toContain("count");
    expect(await attemptsOf(run)).toBe(1);
  });

  it("is failed and retried up to the maximum if the job throws", async () => {
    await deploy(namespace, "throws");
    const { code, report } = await triggerAndWait(namespace, "throws");
    expect(code).toBe(1);
    expect(report).toMatchObject({
      outcome: "failed",
      run: { attempt: 2 },
      progress: { attempt: 2 },
      error: { message: "attempt 2 came to nothing" },
    });
    expect(await attemptsOf(report.run.id)).toBe(2);
  });

  it("is limited, with no changes and no retry, if the rehearsal exceeds a limit", async () => {
    await createVictims(...VICTIMS);
    await deploy(namespace, "over-limit");
    const { code, report } = await triggerAndWait(namespace, "over-limit");
    expect(code).toBe(73);
    expect(report).toMatchObject({ outcome: "limited", mutations: {}, error: { reason: "LimitExceeded" } });
    expect(await remainingVictims()).toEqual(VICTIMS);
    const deletes = await namespace.requestsOf("over-limit", { verb: "delete" });
    expect(deletes.filter(({ requestURI }) => !requestURI.includes("dryRun=All"))).toEqual([]);
    expect(deletes).not.toEqual([]);
    expect(await attemptsOf(report.run.id)).toBe(1);
  });

  it("is limited, with exactly the limit changed, without a rehearsal", async () => {
    await createVictims(...VICTIMS);
    await deploy(namespace, "over-limit-unrehearsed");
    const { code, report } = await triggerAndWait(namespace, "over-limit-unrehearsed");
    expect(code).toBe(73);
    expect(report).toMatchObject({ outcome: "limited", mutations: { delete: { configmaps: 2 } } });
    expect(await remainingVictims()).toHaveLength(1);
    expect(await namespace.requestsOf("over-limit-unrehearsed", { verb: "delete" })).toHaveLength(2);
    expect(await attemptsOf(report.run.id)).toBe(1);
  });

  it("is timedOut and not retried after the timeout", async () => {
    await deploy(namespace, "overruns");
    const { code, report } = await triggerAndWait(namespace, "overruns");
    expect(code).toBe(124);
    expect(report.outcome).toBe("timedOut");
    expect(await attemptsOf(report.run.id)).toBe(1);
  });

  it("is cancelled, after the job's signal aborts, if its pod is deleted", async () => {
    await createVictims("victim");
    await deploy(namespace, "waits");
    const run = await triggerAndGo(namespace, "waits");
    const [pod] = await podsOf(namespace, run);
    const isWaiting = Promise.withResolvers<void>();
    let said = "";
    const log = namespace.kubectl.text(["logs", "--follow", `pod/${pod?.metadata.name}`], {
      onOutput: (text) => {
        said += text;
        if (said.includes('"waiting"')) isWaiting.resolve();
      },
    });
    await Promise.race([isWaiting.promise, log]);
    await namespace.kubectl.text(["delete", `pod/${pod?.metadata.name}`]);
    const lines = (await log)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { message?: string } & Report);
    expect(lines.map(({ message }) => message)).toContain("asked to stop");
    expect(lines.at(-1)).toMatchObject({ outcome: "cancelled", run: { id: run }, progress: { deleted: "victim" } });
  });

  it("is cancelled and not retried if its pod is deleted, so that its namespace can be deleted too", async () => {
    const own = await TestNamespace.create(inject("cluster"), "leaving");
    await deploy(own, "waits-with-retries");
    const run = await triggerAndGo(own, "waits-with-retries");
    await own.kubectl.text(["delete", "namespace", own.name, "--wait=true", `--timeout=${PATIENCE}`]);
    await expect(own.kubectl.text(["get", `job/${run}`])).rejects.toThrow(/not found/i);
  });

  it("is killed, with the last progress and mutations, after SIGKILL", async () => {
    await createVictims("victim");
    await deploy(namespace, "waits");
    const run = await triggerAndGo(namespace, "waits");
    await untilRecorded(namespace, run, '"deleted":"victim"');
    const [pod] = await podsOf(namespace, run);
    const processes = await namespace.processesOf(pod?.metadata.name ?? "none", "main.cjs.zst");
    expect(processes).toHaveLength(1);
    for (const pid of processes) process.kill(pid, "SIGKILL");
    const { code, report } = await resultOf(namespace, run);
    expect(code).toBe(72);
    expect(report).toMatchObject({
      outcome: "killed",
      progress: { deleted: "victim" },
      mutations: { delete: { configmaps: 1 } },
    });
    expect((await terminationMessageOf(namespace, run)).outcome).toBe("running");
  });

  it("is outOfMemory, with the last progress, if the kernel kills the process for memory", async () => {
    await deploy(namespace, "eats-memory");
    const { code, report } = await triggerAndWait(namespace, "eats-memory");
    expect(code).toBe(137);
    expect(report).toMatchObject({ outcome: "outOfMemory", progress: { eating: true } });
  });

  it("is not succeeded if the job itself ends the process with 0", async () => {
    await deploy(namespace, "ends-the-process");
    const { code, report } = await triggerAndWait(namespace, "ends-the-process");
    expect(code).not.toBe(0);
    expect(report.outcome).toBe("failed");
    expect(report.error?.message).toContain("process.exit");
    await namespace.kubectl.waitFor("condition=Failed", [`job/${report.run.id}`]);
    const { status } = await namespace.kubectl.get<Job>(`job/${report.run.id}`);
    expect(status.conditions?.map(({ type }) => type)).not.toContain("Complete");
  });
});

/** What the command line would refuse: it validates parameters before it starts a run. */
async function startWithParams({ kubectl }: TestNamespace, run: string, params: object): Promise<void> {
  const text = await kubectl.text([
    "create",
    "job",
    run,
    "--from=cronjob/needs-count",
    "--dry-run=client",
    "--output=json",
  ]);
  const job = JSON.parse(text);
  job.spec.template.spec.containers[0].env.push({ name: "ERRAND_PARAMS", value: JSON.stringify(params) });
  await kubectl.apply(job);
}
