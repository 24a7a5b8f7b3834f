import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, resultOf, triggerAndGo, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

/** No registry listens there, which the kubelet notices at once. */
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
  const says = async () => {
    answer = await why(namespace, word);
    return answer[about]?.cause === cause;
  };
  await until(`errand why ${word} says ${cause}`, says, 1_000).catch((error) => {
    throw new Error(`${error.message} It says: ${JSON.stringify(answer)}`);
  });
  return answer[about];
}

async function trigger(namespace: TestNamespace, job: string): Promise<string> {
  const { stdout, stderr } = await namespace.errand(["trigger", job, "--output", "json"]);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { run: string }).run;
}

/** Waits until the API server no longer takes pods of an account, for this reason: its admission hears of what is new, and of what is gone, a moment later. */
async function untilRefused({ kubectl }: TestNamespace, serviceAccountName: string, reason: string): Promise<void> {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const spec = {
    serviceAccountName,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [{ name: "main", image: "none", securityContext }],
  };
  const input = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "asks" }, spec });
  await until(`no pod of ${serviceAccountName} is taken: ${reason}`, async () => {
    const { stderr } = await kubectl.run(["create", "--dry-run=server", "--filename=-"], { input });
    return stderr.includes(reason);
  });
}

async function patch({ kubectl }: TestNamespace, what: string, change: object): Promise<void> {
  await kubectl.text(["patch", what, `--patch=${JSON.stringify(change)}`]);
}

describe.concurrent("errand why", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  let crowded: TestNamespace;
  let tight: TestNamespace;
  let small: TestNamespace;

  beforeAll(async () => {
    [namespace, crowded, tight, small] = (await Promise.all(
      ["why", "why-crowded", "why-quota", "why-disk"].map((theme) => TestNamespace.create(cluster, theme)),
    )) as [TestNamespace, TestNamespace, TestNamespace, TestNamespace];
  });
  afterAll(() => Promise.all([namespace, crowded, tight, small].map((each) => each.delete())));

  it("returns paused for a paused job", async () => {
    await deploy(namespace, "jobs/pod-cleanup.ts");
    await namespace.errand(["pause", "pod-cleanup"]);
    expect((await why(namespace, "pod-cleanup")).schedule).toMatchObject({
      cause: "paused",
      next: `errand resume pod-cleanup -n ${namespace.name}`,
    });
  });

  it("returns suspended, and by whom, if it was suspended without errand", async () => {
    await deploy(crowded, "jobs/pod-cleanup.ts");
    await patch(crowded, "cronjob/pod-cleanup", { spec: { suspend: true } });
    const { schedule } = await why(crowded, "pod-cleanup");
    expect(schedule?.cause).toBe("suspended");
    expect(schedule?.evidence[0]).toContain("set by kubectl-patch");
  });

  it("returns onDemand for a job without a schedule that was never triggered", async () => {
    await deploy(namespace, "ends-the-process");
    expect((await why(namespace, "ends-the-process")).schedule?.cause).toBe("onDemand");
  });

  it("returns deadlineMissed if a due run was not started in time", async () => {
    await deploy(namespace, "over-limit");
    const due = new Date((Math.floor(Date.now() / 60_000) + 1) * 60_000);
    // Too late by a second: the controller no longer starts what it finds then.
    await until("it is too late for the run", async () => Date.now() > due.getTime() + 2_000);
    const schedule = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
    await patch(namespace, "cronjob/over-limit", { spec: { schedule, suspend: false, startingDeadlineSeconds: 1 } });
    const { schedule: finding } = await why(namespace, "over-limit");
    expect(finding?.cause).toBe("deadlineMissed");
    expect(finding?.evidence[0]).toContain("startingDeadlineSeconds 1");
  });

  it("returns overlapping, and the active run, if a run was due while another was active", async () => {
    await deploy(crowded, "waits");
    await patch(crowded, "cronjob/waits", { spec: { schedule: "* * * * *", suspend: false } });
    await crowded.kubectl.waitFor("jsonpath={.status.lastScheduleTime}", ["cronjob/waits"]);
    const finding = await whyUntil(crowded, "waits", "schedule", "overlapping");
    expect(finding?.evidence[0]).toContain("event JobAlreadyActive");
    expect(finding?.next).toMatch(/errand cancel waits-\d+ -n/);
  });

  it("returns quotaExceeded, and the quota, if no pod fits into it", async () => {
    await deploy(tight, "needs-nothing");
    await tight.kubectl.text(["create", "quota", "full", "--hard=pods=0"]);
    await untilRefused(tight, "default", "exceeded quota: full");
    const run = await trigger(tight, "needs-nothing");
    const finding = await whyUntil(tight, run, "finding", "quotaExceeded");
    expect(finding?.evidence).toContainEqual("quota full: pods 0 of 0");
  });

  it("returns imageUnavailable, and the image, if the node cannot pull it", async () => {
    await deploy(namespace, "needs-nothing");
    await namespace.kubectl.text(["set", "image", "cronjob/needs-nothing", `job=${NO_IMAGE}`]);
    const run = await trigger(namespace, "needs-nothing");
    expect((await whyUntil(namespace, run, "finding", "imageUnavailable"))?.what).toContain(NO_IMAGE);
    // The pull is recognized by this event, like during a slow pull.
    const pulling = ["get", "events", "--field-selector=reason=Pulling", "--output=jsonpath={.items[*].message}"];
    expect(await namespace.kubectl.text(pulling)).toContain(`Pulling image "${NO_IMAGE}"`);
  });

  it("returns unschedulable, and the requests, if no node has room", async () => {
    await deploy(namespace, "wants-much");
    const run = await trigger(namespace, "wants-much");
    const finding = await whyUntil(namespace, run, "finding", "unschedulable");
    expect(finding?.evidence).toEqual([
      expect.stringContaining("Insufficient cpu"),
      expect.stringContaining("cpu 900"),
    ]);
  });

  it("returns unschedulable, and the nodeSelector, without advice to request less, if no node has its labels", async () => {
    await deploy(crowded, "over-limit-unrehearsed");
    const template = { spec: { nodeSelector: { disk: "none-has-this" } } };
    await patch(crowded, "cronjob/over-limit-unrehearsed", { spec: { jobTemplate: { spec: { template } } } });
    const run = await trigger(crowded, "over-limit-unrehearsed");
    const finding = await whyUntil(crowded, run, "finding", "unschedulable");
    expect(finding?.what).toContain("no node matches its nodeSelector or node affinity");
    expect(finding?.evidence).toContain("its nodeSelector: disk=none-has-this, kubernetes.io/os=linux");
    expect(finding?.next).not.toContain("resources");
  });

  it("returns missingVolume, and the command that creates it, for a missing Secret", async () => {
    await deploy(crowded, "ends-the-process");
    const env = [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }];
    const template = { spec: { containers: [{ name: "job", env }] } };
    await patch(crowded, "cronjob/ends-the-process", { spec: { jobTemplate: { spec: { template } } } });
    const run = await trigger(crowded, "ends-the-process");
    const finding = await whyUntil(crowded, run, "finding", "missingVolume");
    expect(finding?.what).toBe("it waits: Secret db does not exist");
    const command = `kubectl create secret generic db --from-literal=password=VALUE -n ${crowded.name}`;
    expect(finding?.next).toContain(command);
    await crowded.kubectl.text(["create", "secret", "generic", "db", "--from-literal=password=x"]);
    expect((await resultOf(crowded, run)).report.run.id).toBe(run);
  });

  it("returns missingVolume for a declared Secret, with every key it needs", async () => {
    await deploy(namespace, "uses-settings");
    const run = await trigger(namespace, "uses-settings");
    // Whatever the kubelet has said by then: it begins with nothing, then with a cache that timed out.
    const finding = await whyUntil(namespace, run, "finding", "missingVolume");
    expect(finding?.what).toMatch(/^it waits: Secret \S+ does not exist$/);
    expect(finding?.next).toMatch(
      /^kubectl create secret generic \S+ --from-literal=\S+=VALUE .*; its pod then starts$/,
    );
    await namespace.errand(["cancel", run]);
  });

  it("returns nodeLost, rather than waiting for a node, for a pod bound to a node without kubelet", async () => {
    const node = `dead-${crowded.name}`;
    await crowded.kubectl.apply({ apiVersion: "v1", kind: "Node", metadata: { name: node } });
    try {
      await deploy(crowded, "needs-count");
      const spec = { nodeName: node, tolerations: [{ operator: "Exists" }] };
      await patch(crowded, "cronjob/needs-count", { spec: { jobTemplate: { spec: { template: { spec } } } } });
      const { stdout } = await crowded.errand(["trigger", "needs-count", "-p", "count=1", "--output", "json"]);
      const { run } = JSON.parse(stdout) as { run: string };
      const finding = await whyUntil(crowded, run, "finding", "nodeLost");
      expect(finding?.what).toMatch(new RegExp(`^its pod is on node ${node}, which (?:is not ready|does not answer)`));
      expect(finding?.evidence[0]).toContain(`Node ${node}: Ready is`);
      expect(finding?.next).toContain(`kubectl delete node ${node}`);
    } finally {
      await crowded.kubectl.text(["delete", "node", node]);
    }
  });

  it("returns podRefused if its ServiceAccount is missing", async () => {
    await deploy(namespace, "counts-config-maps");
    await namespace.kubectl.text(["delete", "serviceaccount", "counts-config-maps"]);
    await untilRefused(namespace, "counts-config-maps", '"counts-config-maps" not found');
    const run = await trigger(namespace, "counts-config-maps");
    const finding = await whyUntil(namespace, run, "finding", "podRefused");
    expect(finding?.what).toContain("its ServiceAccount counts-config-maps is missing");
  });

  it("returns forbidden, and that the Role does not exist, if the API server refused a call", async () => {
    await deploy(namespace, "jobs/inventory.ts");
    await namespace.kubectl.text(["delete", "role", "inventory"]);
    await namespace.untilMay("inventory", "list", "pods", false);
    const { report } = await triggerAndWait(namespace, "inventory");
    const { finding } = await why(namespace, report.run.id);
    expect(finding?.cause).toBe("forbidden");
    expect(finding?.evidence).toContainEqual(`Role ${namespace.name}/inventory: not found`);
  });

  it("returns outOfMemory, and the progress, if the kernel killed it for memory", async () => {
    await deploy(namespace, "eats-memory");
    const { report } = await triggerAndWait(namespace, "eats-memory");
    const { finding } = await why(namespace, report.run.id);
    expect(finding).toMatchObject({ cause: "outOfMemory", what: "it ran out of memory (limit 160Mi)" });
    expect(finding?.evidence).toContainEqual('last progress: {"eating":true}');
  });

  it("returns timedOut, with the last progress, if its event loop was blocked until the kubelet ended it", async () => {
    await deploy(namespace, "blocks-its-loop");
    const { code, report } = await triggerAndWait(namespace, "blocks-its-loop");
    expect(code).toBe(124);
    expect(report).toMatchObject({
      outcome: "timedOut",
      progress: { blocking: true },
      error: { reason: "DeadlineExceeded" },
    });
    const { finding } = await why(namespace, report.run.id);
    expect(finding).toMatchObject({ cause: "timedOut", what: "Kubernetes ended it at its pod's deadline of 120 s" });
    expect(finding?.evidence[0]).toContain("its event loop was blocked");
    expect((await resultOf(namespace, report.run.id)).report).toEqual(report);
  });

  it("returns timedOut after its own timeout, and after Kubernetes' deadline", async () => {
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

  it("returns evicted if the kubelet evicted its pod for disk usage", async () => {
    const limit = { "ephemeral-storage": "1Mi" };
    await small.kubectl.apply({
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "small" },
      spec: { limits: [{ type: "Container", default: limit, defaultRequest: limit }] },
    });
    await deploy(small, "logs-much");
    const run = await trigger(small, "logs-much");
    const finding = await whyUntil(small, run, "finding", "evicted");
    expect(finding?.evidence[0]).toContain("ephemeral local storage");
  });

  /** Runs it with a sidecar that neither ends by itself nor on SIGTERM. */
  async function runWithProxy(job: string): Promise<string> {
    await deploy(crowded, job);
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const command = ["node", "--eval", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"];
    const proxy = { name: "proxy", image: cluster.nodeImage, command, securityContext };
    const template = { spec: { containers: [proxy], terminationGracePeriodSeconds: 120 } };
    await patch(crowded, `cronjob/${job}`, { spec: { jobTemplate: { spec: { template } } } });
    const run = await trigger(crowded, job);
    const found = await whyUntil(crowded, run, "finding", "sidecarRunning");
    expect(found?.what).toContain("proxy keeps its pod running");
    return run;
  }

  it("returns sidecarRunning, and the container, if another container keeps the pod alive, and cancelled after it was cancelled", async () => {
    const run = await runWithProxy("throws");
    expect(await crowded.errand(["cancel", run])).toMatchObject({ code: 0 });
    expect((await why(crowded, run)).finding).toMatchObject({
      cause: "cancelled",
      what: expect.stringMatching(/^it was cancelled by .*; its pod is still ending$/),
      evidence: expect.arrayContaining([expect.stringContaining("container proxy ")]),
    });
  });

  it("finds nothing wrong with a succeeded run after cancel has ended a leftover sidecar", async () => {
    const run = await runWithProxy("needs-nothing");
    const { code, stdout } = await crowded.errand(["cancel", run, "--output", "json"]);
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({ code: 0, report: { outcome: "succeeded" } });
    expect((await why(crowded, run)).finding).toBeUndefined();
    await crowded.kubectl.waitFor("jsonpath={.metadata.deletionTimestamp}", [
      "pods",
      `--selector=batch.kubernetes.io/job-name=${run}`,
    ]);
  });
});
