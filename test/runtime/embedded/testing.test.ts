import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import podCleanup from "../../../jobs/pod-cleanup.ts";
import { runJob, seed, startEmbeddedCluster } from "../../../runtime/embedded/testing.ts";
import { defineJob } from "../../../runtime/index.ts";
import { project } from "../../support/project.ts";

const README = readFileSync(new URL("../../../runtime/README.md", import.meta.url), "utf8");
const [, EXAMPLE = ""] = /### Testing a job[\s\S]*?```ts\n([\s\S]*?)```/.exec(README) ?? [];

test("the README's example of a job test passes, and fails if the job behaves differently", async () => {
  const body = stripTypeScriptTypes(EXAMPLE.replaceAll(/^import .*$/gm, ""));
  const run = async (job: unknown) => {
    const tests: (() => Promise<void>)[] = [];
    const collect = (_title: string, one: () => Promise<void>) => void tests.push(one);
    new Function("test", "assert", "runJob", "startEmbeddedCluster", "job", body)(
      collect,
      assert,
      runJob,
      startEmbeddedCluster,
      job,
    );
    expect(tests).toHaveLength(1);
    for (const one of tests) await one();
  };
  await run(podCleanup);
  const idle = defineJob({ access: { pods: ["list"] }, run: () => null });
  await expect(run(idle)).rejects.toThrow(assert.AssertionError);
});

test("runJob reports a run that is stopped by its limits, with nothing changed", async () => {
  await using cluster = await startEmbeddedCluster();
  const metadata = { namespace: "shop", labels: { old: "yes" } };
  cluster.applyObjects(
    ["a", "b"].map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, name } })),
  );
  const job = defineJob({
    access: { configmaps: ["list", "delete"] },
    limits: { delete: 1 },
    async run({ kube }) {
      for await (const one of kube.configmaps.list({ labelSelector: "old" })) await kube.configmaps.delete(one);
    },
  });
  expect(await runJob(job, cluster, { namespace: "shop" })).toMatchObject({ outcome: "limited", mutations: {} });
  expect(cluster.audit.events.filter(({ verb }) => verb === "delete").every(({ dryRun }) => dryRun)).toBe(true);
});

test("runJob passes secrets to a job, redacts them in its log, and names a missing one", async () => {
  await using cluster = await startEmbeddedCluster();
  const job = defineJob({
    access: {},
    secrets: { token: "login/token" },
    run: ({ secrets, log }) => {
      log.info(`it is ${secrets.token}`);
      return secrets.token.length;
    },
  });
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  expect(await runJob(job, cluster, { secrets: { token: "hunter22" }, onLine })).toMatchObject({
    outcome: "succeeded",
    result: 8,
  });
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join("\n")).not.toContain("hunter22");
  const { outcome, error } = await runJob(job, cluster);
  expect(outcome).not.toBe("succeeded");
  expect(error?.message).toContain('secret "token"');
});

test("runJob cancels the run when its signal aborts, before the job is called or after", async () => {
  await using cluster = await startEmbeddedCluster();
  const controller = new AbortController();
  const job = defineJob({
    access: {},
    run({ signal }) {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      controller.abort(new Error("Ctrl-C"));
      return promise;
    },
  });
  const cancelled = { outcome: "cancelled", error: { message: "the run was asked to stop (Ctrl-C)" } };
  expect(await runJob(job, cluster, { signal: controller.signal })).toMatchObject(cancelled);
  const never = defineJob({ access: {}, run: () => expect.unreachable("the job was called") });
  expect(await runJob(never, cluster, { signal: controller.signal })).toMatchObject(cancelled);
});

test("runJob refuses a namespace that does not exist", async () => {
  await using cluster = await startEmbeddedCluster();
  const job = defineJob({ access: { pods: ["list"] }, run: ({ kube }) => kube.pods.list().toArray() });
  await expect(runJob(job, cluster, { namespace: "nope" })).rejects.toThrow('The namespace "nope" does not exist');
});

test("seed fills the cluster with all objects of the files, or none", async () => {
  await using cluster = await startEmbeddedCluster();
  const folder = project();
  const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\n`;
  await writeFile(join(folder, "good.yaml"), `${pod("a")}---\n${pod("b")}`);
  await writeFile(join(folder, "wrong.yaml"), `${pod("c")}---\n${pod("D")}`);
  await expect(seed(cluster, folder)).rejects.toThrow("wrong.yaml, document 2 (line 5): Pod D: metadata.name");
  expect(cluster.store.all({ group: "", resource: "pods" })).toEqual([]);
  await seed(cluster, join(folder, "good.yaml"), { namespace: "team" });
  const job = defineJob({
    access: { pods: ["list"] },
    run: async ({ kube }) =>
      (await kube.pods.list().toArray()).map(({ metadata, status }) => [metadata.name, status.phase]),
  });
  const { result } = await runJob(job, cluster, { namespace: "team" });
  expect(result).toEqual([
    ["a", "Pending"],
    ["b", "Pending"],
  ]);
});
