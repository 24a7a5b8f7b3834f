import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndGo, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

const LIMIT_MS = 150_000;
const NEXT_MINUTE_LIMIT_SECONDS = 100;

/** Nobody listens there, which the kubelet learns at once. */
const NO_IMAGE = "127.0.0.1:1/none:1";

interface Finding {
  readonly cause: string;
  readonly what: string;
  readonly evidence: readonly string[];
  readonly next: string;
}

interface Why {
  readonly schedule?: Finding;
  readonly run?: string;
  readonly finding?: Finding;
}

async function why(namespace: TestNamespace, word: string): Promise<Why> {
  const { code, stdout, stderr } = await namespace.errand(["why", word, "--output", "json"]);
  if (code !== 0) throw new Error(`errand why ${word} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Why;
}

/** Asks until the answer is this cause: what the kubelet and the controllers notice takes them some time. */
async function whyUntil(namespace: TestNamespace, word: string, about: "schedule" | "finding", cause: string) {
  let answer: Why = {};
  await until(`errand why ${word} says ${cause}`, LIMIT_MS, async () => {
    answer = await why(namespace, word);
    return answer[about]?.cause === cause;
  }).catch((error) => {
    throw new Error(`${error.message} It says: ${JSON.stringify(answer)}`);
  });
  return answer[about];
}

async function trigger(namespace: TestNamespace, job: string): Promise<string> {
  const { stdout, stderr } = await namespace.errand(["trigger", job, "--output", "json"]);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { run: string }).run;
}

async function patch({ kubectl }: TestNamespace, what: string, change: object): Promise<void> {
  await kubectl.text(["patch", what, `--patch=${JSON.stringify(change)}`]);
}

describe.concurrent("errand why", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  let crowded: TestNamespace;
  let tight: TestNamespace;

  beforeAll(async () => {
    [namespace, crowded, tight] = (await Promise.all(
      ["why", "why-quota", "why-disk"].map((theme) => TestNamespace.create(cluster, theme)),
    )) as [TestNamespace, TestNamespace, TestNamespace];
  });
  afterAll(() => Promise.all([namespace, crowded, tight].map((each) => each.delete())));

  it("says paused when somebody paused the job", async () => {
    await deploy(namespace, "jobs/pod-cleanup.ts");
    await namespace.errand(["pause", "pod-cleanup"]);
    expect((await why(namespace, "pod-cleanup")).schedule).toMatchObject({
      cause: "paused",
      next: `errand resume pod-cleanup -n ${namespace.name}`,
    });
  });

  it("says suspended, and who did it, when it was suspended without errand", async () => {
    await deploy(crowded, "jobs/pod-cleanup.ts");
    await patch(crowded, "cronjob/pod-cleanup", { spec: { suspend: true } });
    const { schedule } = await why(crowded, "pod-cleanup");
    expect(schedule?.cause).toBe("suspended");
    expect(schedule?.evidence[0]).toContain("set by kubectl-patch");
  });

  it("says onDemand when a job without a schedule was never triggered", async () => {
    await deploy(namespace, "ends-the-process");
    expect((await why(namespace, "ends-the-process")).schedule?.cause).toBe("onDemand");
  });

  it("says deadlineMissed when a due run was not started in time", async () => {
    await deploy(namespace, "over-limit");
    const due = new Date((Math.floor(Date.now() / 60_000) + 1) * 60_000);
    // Too late by a second: the controller no longer starts what it finds then.
    await until("it is too late for the run", LIMIT_MS, async () => Date.now() > due.getTime() + 2_000);
    const schedule = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
    await patch(namespace, "cronjob/over-limit", { spec: { schedule, suspend: false, startingDeadlineSeconds: 1 } });
    const { schedule: finding } = await why(namespace, "over-limit");
    expect(finding?.cause).toBe("deadlineMissed");
    expect(finding?.evidence[0]).toContain("startingDeadlineSeconds 1");
  });

  it("says overlapping, and which run is in the way, when a run was due while another was active", async () => {
    await deploy(crowded, "waits");
    await patch(crowded, "cronjob/waits", { spec: { schedule: "* * * * *", suspend: false } });
    await crowded.kubectl.waitFor("jsonpath={.status.lastScheduleTime}", ["cronjob/waits"], NEXT_MINUTE_LIMIT_SECONDS);
    const finding = await whyUntil(crowded, "waits", "schedule", "overlapping");
    expect(finding?.evidence[0]).toContain("event JobAlreadyActive");
    expect(finding?.next).toMatch(/errand cancel waits-\d+ -n/);
  });

  it("says quotaExceeded, and which quota, when no pod fits into it", async () => {
    await deploy(tight, "needs-nothing");
    await tight.kubectl.text(["create", "quota", "full", "--hard=pods=0"]);
    const run = await trigger(tight, "needs-nothing");
    const finding = await whyUntil(tight, run, "finding", "quotaExceeded");
    expect(finding?.evidence).toContainEqual("quota full: pods 0 of 0");
    await tight.kubectl.text(["delete", "quota", "full"]);
  });

  it("says imageUnavailable, and which image, when the node cannot pull it", async () => {
    await deploy(namespace, "needs-nothing");
    await namespace.kubectl.text(["set", "image", "cronjob/needs-nothing", `job=${NO_IMAGE}`]);
    const run = await trigger(namespace, "needs-nothing");
    expect((await whyUntil(namespace, run, "finding", "imageUnavailable"))?.what).toContain(NO_IMAGE);
  });

  it("says unschedulable, and what it asks for, when no node has room", async () => {
    await deploy(namespace, "wants-much");
    const run = await trigger(namespace, "wants-much");
    const finding = await whyUntil(namespace, run, "finding", "unschedulable");
    expect(finding?.evidence).toEqual([
      expect.stringContaining("Insufficient cpu"),
      expect.stringContaining("cpu 900"),
    ]);
  });

  it("says podRefused when its ServiceAccount is missing", async () => {
    await deploy(namespace, "counts-config-maps");
    await namespace.kubectl.text(["delete", "serviceaccount", "counts-config-maps"]);
    const run = await trigger(namespace, "counts-config-maps");
    const finding = await whyUntil(namespace, run, "finding", "podRefused");
    expect(finding?.what).toContain("its ServiceAccount counts-config-maps is missing");
  });

  it("says forbidden, and that the Role is not there, when the API server refused a call", async () => {
    await deploy(namespace, "jobs/inventory.ts");
    await namespace.kubectl.text(["delete", "role", "inventory"]);
    const { report } = await triggerAndWait(namespace, "inventory");
    const { finding } = await why(namespace, report.run.id);
    expect(finding?.cause).toBe("forbidden");
    expect(finding?.evidence).toContainEqual(`Role ${namespace.name}/inventory: not found`);
  });

  it("says outOfMemory, and how far it had come, when the kernel killed it for memory", async () => {
    await deploy(namespace, "eats-memory");
    const { report } = await triggerAndWait(namespace, "eats-memory");
    const { finding } = await why(namespace, report.run.id);
    expect(finding).toMatchObject({ cause: "outOfMemory", what: "it ran out of memory (limit 160Mi)" });
    expect(finding?.evidence).toContainEqual('last progress: {"eating":true}');
  });

  it("says probeFailed when the kubelet killed it because its event loop was blocked", async () => {
    await deploy(namespace, "blocks-its-loop");
    const { report } = await triggerAndWait(namespace, "blocks-its-loop");
    const { finding } = await why(namespace, report.run.id);
    expect(finding?.cause).toBe("probeFailed");
    expect(finding?.evidence[0]).toMatch(/^event Unhealthy: Liveness probe failed/);
  });

  it("says timedOut when its own timeout passed, and when Kubernetes' deadline did", async () => {
    await Promise.all([deploy(namespace, "overruns"), deploy(namespace, "waits")]);
    const [{ report }, run] = await Promise.all([
      triggerAndWait(namespace, "overruns"),
      triggerAndGo(namespace, "waits"),
    ]);
    expect((await why(namespace, report.run.id)).finding?.cause).toBe("timedOut");
    await patch(namespace, `job/${run}`, { spec: { activeDeadlineSeconds: 1 } });
    expect((await whyUntil(namespace, run, "finding", "timedOut"))?.what).toBe(
      "Kubernetes ended it at its Job's deadline of 1 s",
    );
  });

  it("says evicted when the kubelet took its pod for the disk that it used", async () => {
    const limit = { "ephemeral-storage": "1Mi" };
    await tight.kubectl.apply({
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "small" },
      spec: { limits: [{ type: "Container", default: limit, defaultRequest: limit }] },
    });
    await deploy(tight, "logs-much");
    const run = await trigger(tight, "logs-much");
    const finding = await whyUntil(tight, run, "finding", "evicted");
    expect(finding?.evidence[0]).toContain("ephemeral local storage");
  });

  it("says sidecarRunning, and which, when another container keeps the pod alive", async () => {
    await deploy(namespace, "throws");
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const command = ["node", "--eval", "process.on('SIGTERM', process.exit); setInterval(() => {}, 1000)"];
    const proxy = { name: "proxy", image: cluster.nodeImage, command, securityContext };
    const template = { spec: { containers: [proxy] } };
    await patch(namespace, "cronjob/throws", { spec: { jobTemplate: { spec: { template } } } });
    const run = await trigger(namespace, "throws");
    expect((await whyUntil(namespace, run, "finding", "sidecarRunning"))?.what).toContain(
      "proxy keeps its pod running",
    );
    await namespace.errand(["cancel", run]);
    expect((await why(namespace, run)).finding?.cause).toBe("cancelled");
  });
});
