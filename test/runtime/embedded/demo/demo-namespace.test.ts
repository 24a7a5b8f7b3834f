import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import cleanup from "../../../../deploy/new/templates/cleanup.ts";
import customResource from "../../../../deploy/new/templates/custom-resource.ts";
import inventory from "../../../../deploy/new/templates/inventory.ts";
import report from "../../../../deploy/new/templates/report.ts";
import restart from "../../../../deploy/new/templates/restart.ts";
import watch from "../../../../deploy/new/templates/watch.ts";
import allInventory from "../../../../jobs/inventory.ts";
import podCleanup from "../../../../jobs/pod-cleanup.ts";
import { demoNamespace } from "../../../../runtime/embedded/demo/demo-namespace.ts";
import { runJob } from "../../../../runtime/embedded/testing.ts";
import { startCluster } from "../cluster-setup.ts";

const FOUND = [
  ["templates/cleanup.ts", cleanup, {}, { deleted: 7 }],
  ["templates/custom-resource.ts", customResource, {}, { expiring: ["shop"] }],
  ["templates/inventory.ts", inventory, {}, { pods: 17, restarts: 8 }],
  [
    "templates/report.ts",
    report,
    {},
    { findings: ["queue-5f6c8-r4w7z: main was restarted 7 times", "queue-5f6c8-zz9lb: main waits: ImagePullBackOff"] },
  ],
  ["templates/restart.ts", restart, {}, { restarted: ["shop"] }],
  ["templates/watch.ts", watch, { watchFor: "200ms" }, { failed: expect.arrayContaining(["load-test"]) }],
  ["jobs/inventory.ts", allInventory, { table: false }, { workloads: { deployments: 2, cronjobs: 1 } }],
  ["jobs/pod-cleanup.ts", podCleanup, {}, { deleted: 6 }],
] as const;

it.each(FOUND)("the demo has objects for %s", async (_file, job, params, result) => {
  const cluster = await startCluster();
  cluster.applyObjects(demoNamespace("demo", Date.now()));
  const run = await runJob(job, cluster, { namespace: "demo", params });
  expect(run).toMatchObject({ outcome: "succeeded", result });
});

it("the demo covers every template and job", () => {
  const sources = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => `${folder.replace("deploy/new/", "")}/${name}`);
  expect(FOUND.map(([file]) => file)).toEqual([...sources("deploy/new/templates"), ...sources("jobs")]);
});
