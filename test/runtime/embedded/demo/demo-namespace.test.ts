import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import cleanup from "../../../../deploy/new/templates/cleanup.ts";
import customResource from "../../../../deploy/new/templates/custom-resource.ts";
import inventory from "../../../../deploy/new/templates/inventory.ts";
import report from "../../../../deploy/new/templates/report.ts";
import restart from "../../../../deploy/new/templates/restart.ts";
import watch from "../../../../deploy/new/templates/watch.ts";
import accessReport from "../../../../jobs/access-report.ts";
import certificateExpiry from "../../../../jobs/certificate-expiry.ts";
import copyConfig from "../../../../jobs/copy-config.ts";
import helmHistory from "../../../../jobs/helm-history.ts";
import allInventory from "../../../../jobs/inventory.ts";
import jobCleanup from "../../../../jobs/job-cleanup.ts";
import officeHours from "../../../../jobs/office-hours.ts";
import podCleanup from "../../../../jobs/pod-cleanup.ts";
import restartOnChange from "../../../../jobs/restart-on-change.ts";
import scheduledRestart from "../../../../jobs/scheduled-restart.ts";
import stuckPods from "../../../../jobs/stuck-pods.ts";
import ttlCleanup from "../../../../jobs/ttl-cleanup.ts";
import unusedConfig from "../../../../jobs/unused-config.ts";
import volumeReport from "../../../../jobs/volume-report.ts";
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
  [
    "jobs/access-report.ts",
    accessReport,
    {},
    {
      findings: [{ subject: "ServiceAccount demo/release-bot", risk: "may read Secrets" }],
      unused: ["demo/release-bot"],
    },
  ],
  ["jobs/certificate-expiry.ts", certificateExpiry, {}, { checked: 1, expiring: [] }],
  ["jobs/copy-config.ts", copyConfig, {}, { created: 1 }],
  ["jobs/helm-history.ts", helmHistory, {}, { deleted: 2 }],
  ["jobs/inventory.ts", allInventory, { table: false }, { workloads: { deployments: 2, cronjobs: 1 } }],
  ["jobs/job-cleanup.ts", jobCleanup, {}, { deleted: 1 }],
  ["jobs/office-hours.ts", officeHours, { hours: "mon-sun 00:00-00:01", timeZone: "Etc/UTC" }, { up: [] }],
  ["jobs/pod-cleanup.ts", podCleanup, {}, { deleted: 6 }],
  ["jobs/restart-on-change.ts", restartOnChange, {}, { noted: ["Deployment/shop"] }],
  ["jobs/scheduled-restart.ts", scheduledRestart, {}, { skipped: { notReady: 1 } }],
  ["jobs/stuck-pods.ts", stuckPods, {}, { stuck: [{ trouble: "image" }] }],
  ["jobs/ttl-cleanup.ts", ttlCleanup, {}, { deleted: 1 }],
  [
    "jobs/unused-config.ts",
    unusedConfig,
    {},
    { unused: expect.arrayContaining([expect.objectContaining({ object: "ConfigMap/legacy-settings", sure: "yes" })]) },
  ],
  [
    "jobs/volume-report.ts",
    volumeReport,
    { pricePerGiB: 0.1 },
    { unusedClaims: [{ name: "demo/old-uploads" }], costPerMonth: 2 },
  ],
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
