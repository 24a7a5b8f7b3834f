import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../../deploy/project/load-config.ts";
import { prepareJob } from "../../../deploy/project/prepare.ts";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import { rollbackJob } from "../../../deploy/release/rollback-job.ts";
import { findJob } from "../../../deploy/runs/find-job.ts";
import { runParams, scheduleParams } from "../../../deploy/runs/run-params.ts";
import { triggerRun } from "../../../deploy/runs/trigger-run.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";

const JOB = `import { defineJob } from "errand";
import { z } from "zod";
export default defineJob({
  schedule: "0 3 * * *",
  params: z.object({ url: z.url(), most: z.int().max(9).optional() }),
  access: {},
  run() {},
});
`;

/** A cluster to which the job can be deployed with parameters. */
async function cluster() {
  const embedded = await startEmbeddedCluster();
  embedded.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "ops" } }]);
  const folder = mkdtempSync(join(tmpdir(), "errand-schedule-params-"));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const kubeconfig = join(folder, "kubeconfig");
  const file = join(folder, "probe.ts");
  writeFileSync(kubeconfig, embedded.kubeconfig("ops"));
  writeFileSync(file, JOB);
  const target = await connect({ kubeconfig });
  onTestFinished(async () => {
    await target[Symbol.asyncDispose]();
    await embedded.close();
    rmSync(folder, { recursive: true });
  });
  const deploy = async (...param: readonly string[]) =>
    (await deployJobs(target, [await prepareJob(file, { param })], { dryRun: false, force: false }))[0];
  return { target, deploy, deployed: () => findJob(target.client, "ops", "probe") };
}

describe("parameters of a schedule", () => {
  it("are under those of a run by hand, which win name by name", async () => {
    const { target, deploy } = await cluster();
    await deploy("url=https://a.example", "most=2");
    const trigger = (...param: readonly string[]) =>
      triggerRun(target, "probe", { param, dryRun: false, force: true }).then((run) => runParams(run).params);
    expect(await trigger()).toEqual({ url: "https://a.example", most: 2 });
    expect(await trigger("most=7")).toEqual({ url: "https://a.example", most: 7 });
    await expect(trigger("most=10")).rejects.toThrow("params.most: Too big");
  });

  it("are those of the last deploy alone, which says what it no longer gives", async () => {
    const { deploy, deployed } = await cluster();
    expect(await deploy("url=https://a.example", "most=2")).toMatchObject({
      next: expect.stringContaining(" with url=https://a.example most=2; "),
    });
    expect(await deploy("url=https://b.example")).toMatchObject({
      warnings: [expect.stringMatching(/^probe: removed from its schedule: most=2;/)],
    });
    expect(scheduleParams(await deployed())).toEqual({ url: "https://b.example" });
  });

  it("come back with their revision when a job is rolled back", async () => {
    const { target, deploy, deployed } = await cluster();
    await deploy("url=https://a.example", "most=2");
    await deploy("url=https://b.example");
    await rollbackJob(target.client, await deployed(), { dryRun: false, agree: async () => true }, new Date());
    expect(scheduleParams(await deployed())).toEqual({ url: "https://a.example", most: 2 });
  });
});
