import { afterEach, beforeEach, expect, it } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";
import { defineJob } from "../../../../runtime/index.ts";
import { createClient } from "../../../../runtime/kube/client.ts";
import { Run } from "../../../../runtime/run/lifecycle/run.ts";
import { setUp } from "./run-setup.ts";

/** More than a client sends at once. */
const MANY = 300;

let cluster: EmbeddedCluster;

beforeEach(async () => {
  cluster = await startEmbeddedCluster();
  cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "team-a" } }]);
});
afterEach(() => cluster.close());

it.each([
  ["was abandoned", (run: Run) => void run.abandon(new Error("nobody caught this"))],
  ["threw", (_run: Run, fail: () => void) => fail()],
])("a job that %s while it waits for many calls sends no more of them", async (_how, end) => {
  const failing = Promise.withResolvers<never>();
  const begun = Promise.withResolvers<void>();
  let calls: Promise<unknown>[] = [];
  const definition = defineJob({
    access: { configmaps: ["create"] },
    async run({ kube }) {
      const names = Array.from({ length: MANY }, (_, index) => `map-${index}`);
      calls = names.map((name) => kube.configmaps.create({ metadata: { name } }));
      calls[0]?.then(() => begun.resolve());
      await Promise.all([...calls, failing.promise]);
    },
  });
  const { url: server, ca, adminToken } = cluster;
  const config = async () => ({ server, ca, token: { get: async () => adminToken }, namespace: "team-a" });
  const { options } = setUp({}, { definition, createClient, inputs: { config } });
  const run = new Run(options);
  void run.start();
  await begun.promise;
  end(run, () => failing.reject(new Error("one of many failed")));
  expect(await run.finished).toMatchObject({ outcome: "failed" });
  const answers = await Promise.allSettled(calls);
  expect(answers.filter(({ status }) => status === "rejected").length).toBeGreaterThan(0);
  expect(cluster.store.all(cluster.resourceOf("v1", "ConfigMap")).length).toBeLessThan(MANY);
});
