import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndGo, untilNothingIsDue, untilRecorded } from "./runs.ts";
import { until } from "./until.ts";

interface JobRow {
  readonly job: string;
  readonly state: string;
  readonly nextRun?: string;
  readonly lastRun?: { readonly outcome: string };
  readonly failuresInARow: number;
  readonly active: readonly string[];
}

interface RunRow {
  readonly run: string;
  readonly outcome: string;
  readonly triggeredBy?: string;
  readonly retryOf?: string;
  readonly attempts: number;
}

interface CronJob {
  readonly spec: { readonly suspend: boolean };
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Runs errand, which has to succeed, and reads its answer. */
async function ask<T>(namespace: TestNamespace, ...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await namespace.errand([...args, "--output", "json"]);
  if (stdout === "") throw new Error(`errand ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A server that takes connections, and never says a word. */
async function silentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

describe("operating a deployed job", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  const folder = project();

  beforeAll(async () => {
    namespace = await TestNamespace.create(cluster, "operate");
  });
  afterAll(async () => {
    await namespace.delete();
  });

  it("pause stops the schedule, even after the next deploy, until resume", async () => {
    const isSuspended = async () => (await namespace.kubectl.get<CronJob>("cronjob/pod-cleanup")).spec.suspend;
    await untilNothingIsDue(15);
    await deploy(namespace, "jobs/pod-cleanup.ts");
    expect(await ask(namespace, "pause", "pod-cleanup")).toMatchObject({ change: "paused", active: [] });
    await deploy(namespace, "jobs/pod-cleanup.ts");
    expect(await isSuspended()).toBe(true);
    expect(await ask<JobRow[]>(namespace, "ps")).toContainEqual(
      expect.objectContaining({ job: "pod-cleanup", state: "paused" }),
    );
    expect(await ask(namespace, "resume", "pod-cleanup")).toMatchObject({ change: "resumed" });
    expect(await isSuspended()).toBe(false);
    const { metadata } = await namespace.kubectl.get<CronJob>("cronjob/pod-cleanup");
    expect(metadata.annotations).not.toHaveProperty("errand/paused");
    await deploy(namespace, "jobs/pod-cleanup.ts");
    expect(await isSuspended()).toBe(false);
  });

  it("a deploy keeps a schedule that kubectl has suspended, and reports it; resume restarts it", async () => {
    const isSuspended = async () => (await namespace.kubectl.get<CronJob>("cronjob/pod-cleanup")).spec.suspend;
    await untilNothingIsDue(15);
    await deploy(namespace, "jobs/pod-cleanup.ts");
    await namespace.kubectl.text(["patch", "cronjob/pod-cleanup", '--patch={"spec":{"suspend":true}}']);
    for (const flags of [[], ["--force-conflicts"]]) {
      const again = ["deploy", "jobs/pod-cleanup.ts", "--image", cluster.nodeImage, ...flags];
      const { code, stderr } = await namespace.errand(again);
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("stays suspended (by kubectl-patch)"),
      });
      expect(await isSuspended()).toBe(true);
    }
    expect(await ask(namespace, "resume", "pod-cleanup")).toMatchObject({ change: "resumed" });
    await deploy(namespace, "jobs/pod-cleanup.ts");
    expect(await isSuspended()).toBe(false);
  });

  it("status shows the progress of a running pod, and cancel ends it, keeps its report, and unblocks the next run", async () => {
    await deploy(namespace, "waits");
    await namespace.kubectl.text(["create", "configmap", "victim"]);
    const run = await triggerAndGo(namespace, "waits");
    await untilRecorded(namespace, run, '"deleted":"victim"');
    const status = await ask<{ job: JobRow; run: Report }>(namespace, "status", "waits");
    expect(status).toMatchObject({
      job: { active: [run] },
      run: { outcome: "running", progress: { deleted: "victim" } },
    });

    const cancelled = await ask<Report>(namespace, "cancel", run);
    expect(cancelled).toMatchObject({ outcome: "cancelled", progress: { deleted: "victim" } });
    await namespace.kubectl.waitFor("condition=Failed", [`job/${run}`]);
    await namespace.kubectl.waitFor("delete", ["pods", `--selector=batch.kubernetes.io/job-name=${run}`]);
    expect(await ask<Report>(namespace, "result", run)).toEqual(cancelled);

    const again = await triggerAndGo(namespace, "waits");
    await namespace.errand(["cancel", "waits"]);
    const history = await ask<RunRow[]>(namespace, "history", "waits");
    expect(history.map((row) => [row.run, row.outcome])).toEqual([
      [again, "cancelled"],
      [run, "cancelled"],
    ]);
  });

  it("cancel reports at once that nothing ran while the image was still being pulled", async () => {
    // It takes connections, and never answers.
    await using registry = await silentServer();
    const image = `127.0.0.1:${registry.port}/hangs:1`;
    const file = fileURLToPath(new URL("jobs/needs-count.ts", import.meta.url));
    expect((await namespace.errand(["deploy", file, "--image", image])).code).toBe(0);
    const { run } = await ask<{ run: string }>(namespace, "trigger", "needs-count", "--param", "count=7");
    await until("its image is being pulled", async () => {
      const events = ["get", "events", "--output=jsonpath={.items[*].message}"];
      return (await namespace.kubectl.text(events)).includes(`Pulling image "${image}"`);
    });
    const begun = performance.now();
    const cancelled = await ask<Report>(namespace, "cancel", run);
    expect(cancelled).toMatchObject({
      outcome: "cancelled",
      error: { message: `cancelled by hand before it started: nothing ran. It waited for: Pulling image "${image}"` },
    });
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(await ask<Report>(namespace, "result", run)).toEqual(cancelled);
  });

  it("retry repeats a run with its parameters, and history shows that and who requested it", async () => {
    await deploy(namespace, "needs-count");
    const first = await namespace.errand([
      "trigger",
      "needs-count",
      "--param",
      "count=7",
      "--wait",
      "--output",
      "json",
    ]);
    const { run } = JSON.parse(first.stdout) as Report;
    const { code, stdout } = await namespace.errand(["retry", run.id, "--wait", "--output", "json"]);
    const repeated = JSON.parse(stdout) as Report;
    expect({ code, params: repeated.params, result: repeated.result }).toEqual({
      code: 0,
      params: { count: 7 },
      result: 7,
    });
    const who = (
      await namespace.kubectl.text(["auth", "whoami", "--output=jsonpath={.status.userInfo.username}"])
    ).trim();
    const history = await ask<RunRow[]>(namespace, "history", "needs-count");
    expect(history[0]).toMatchObject({ run: repeated.run.id, retryOf: run.id, triggeredBy: who, outcome: "succeeded" });
    const filter = ["-p", "count=7", "--trigger", "retry", "--by", who, "--since", "1h"];
    expect(await ask<RunRow[]>(namespace, "history", "needs-count", ...filter)).toEqual([history[0]]);
    expect(await ask<RunRow[]>(namespace, "history", "-p", "count=8")).toEqual([]);
    const compared = await namespace.errand(["compare", repeated.run.id, "-o", "json"]);
    expect({ code: compared.code, ...JSON.parse(compared.stdout) }).toMatchObject({
      code: 0,
      before: { run: run.id },
      after: { run: repeated.run.id },
      isSame: true,
    });
  });

  it("ps counts consecutive failures, and history every attempt", async () => {
    await deploy(namespace, "throws");
    for (const _ of [1, 2]) await namespace.errand(["trigger", "throws", "--wait"]);
    const jobs = await ask<JobRow[]>(namespace, "ps");
    expect(jobs.find(({ job }) => job === "throws")).toMatchObject({
      state: "onDemand",
      failuresInARow: 2,
      lastRun: { outcome: "failed" },
      active: [],
    });
    const history = await ask<RunRow[]>(namespace, "history", "throws");
    expect(history.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ["failed", 2],
      ["failed", 2],
    ]);
  });

  it("rollback restores the exact objects of the previous revision, access shows them, and remove deletes all", async () => {
    const file = join(folder, "versioned.ts");
    const deployVersion = async (version: number, fields: string) => {
      writeFileSync(
        file,
        `import { defineJob } from "errand";\nexport default defineJob({ ${fields}, run: () => ${version} });\n`,
      );
      const { code, stderr } = await namespace.errand(["deploy", file, "--image", cluster.nodeImage]);
      if (code !== 0) throw new Error(stderr);
    };
    await deployVersion(1, 'schedule: "0 3 1 1 *", access: { pods: ["list"] }');
    const before = await objectsOf(namespace, "versioned");
    await deployVersion(
      2,
      'schedule: "0 4 1 1 *", access: { pods: ["list", "delete"], nodes: ["get"] }, timeout: "1h"',
    );
    expect(await objectsOf(namespace, "versioned")).not.toEqual(before);
    expect((await namespace.errand(["diff", file, "--image", cluster.nodeImage])).code).toBe(0);

    const unasked = await namespace.errand(["rollback", "versioned"]);
    expect({ code: unasked.code, stderr: unasked.stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes"),
    });
    const { code } = await namespace.errand(["rollback", "versioned", "--yes"]);
    expect(code).toBe(0);
    expect(await objectsOf(namespace, "versioned")).toEqual(before);
    expect((await namespace.errand(["diff", file, "--image", cluster.nodeImage])).code).toBe(1);

    await namespace.untilMay("versioned", "list", "pods", true);
    await namespace.untilMay("versioned", "delete", "pods", false);
    const { rows } = await ask<{ rows: object[] }>(namespace, "access", "versioned");
    expect(rows).toEqual([
      {
        ...{ resource: "pods", namespace: namespace.name, used: {} },
        ...{ declared: ["list"], granted: ["list"], allowed: ["list"] },
      },
    ]);

    const removed = await namespace.errand(["remove", "versioned", "--yes"]);
    expect(removed.code).toBe(0);
    await namespace.kubectl.waitFor("delete", ["cronjob/versioned"]);
    expect(await objectsOf(namespace, "versioned")).toEqual([]);
    expect((await namespace.errand(["history", "versioned"])).code).toBe(2);
  });
});

/** What decides of a job's objects: nothing of when and by whom they were written, and no record of it. */
async function objectsOf({ kubectl, name }: TestNamespace, job: string): Promise<object[]> {
  const selector = `--selector=app.kubernetes.io/name=${job}`;
  interface Item {
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly labels: object;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  }
  const own = await kubectl.get<{ items: Item[] }>("cronjobs,serviceaccounts,roles,rolebindings", selector);
  const wide = await kubectl.get<{ items: Item[] }>(
    "clusterroles,clusterrolebindings",
    `${selector},errand/namespace=${name}`,
  );
  return [...own.items, ...wide.items].map(({ metadata, ...rest }) => {
    const { status: _status, ...decides } = rest as typeof rest & { status?: unknown };
    const { "errand/revisions": _records, ...annotations } = metadata.annotations ?? {};
    return { ...decides, name: metadata.name, labels: metadata.labels, annotations };
  });
}
