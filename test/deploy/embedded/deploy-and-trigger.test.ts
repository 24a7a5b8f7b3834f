import { describe, expect, it, onTestFinished } from "vitest";
import { deployAndTrigger } from "../../../deploy/embedded/deploy-and-trigger.ts";
import { prepareJob } from "../../../deploy/project/prepare.ts";
import { parseReport } from "../../../deploy/runs/history/report-text.ts";
import { ROLES } from "../../../runtime/embedded/auth/rbac.ts";
import { runJob } from "../../../runtime/embedded/controllers/jobs.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";

async function startJob(name: string) {
  const cluster = await startEmbeddedCluster();
  onTestFinished(() => cluster.close());
  const job = await prepareJob(`jobs/${name}.ts`);
  const run = await deployAndTrigger(cluster, { job, namespace: "team", param: [], dryRun: false });
  return { cluster, job, run };
}

describe("deployAndTrigger", () => {
  it("deploys and triggers as the command line does, with generated rights and the pod's runtime", async () => {
    const { cluster, job, run } = await startJob("inventory");
    const { exitCode, pods } = await runJob(cluster, "team", run.metadata.name);
    const report = parseReport(pods[0]?.terminationMessage);
    expect(exitCode, pods[0]?.log).toBe(0);
    expect(report).toMatchObject({
      job: "inventory",
      namespace: "team",
      revision: job.bundle.hash,
      outcome: "succeeded",
      run: { id: run.metadata.name, attempt: 1, trigger: "manual" },
    });
    expect(cluster.audit.ofServiceAccount("team", "inventory").map(({ code }) => code)).not.toContain(403);
  });

  it("uses the generated account for a job that names one of its own", async () => {
    const cluster = await startEmbeddedCluster();
    onTestFinished(() => cluster.close());
    const prepared = await prepareJob("jobs/inventory.ts");
    const job = { ...prepared, definition: { ...prepared.definition, serviceAccountName: "elsewhere" } };
    const run = await deployAndTrigger(cluster, { job, namespace: "team", param: [], dryRun: false });
    expect(run.spec?.template.spec?.serviceAccountName).toBe("inventory");
  });

  it("ends a run as denied and names the missing rule when its Role is gone", async () => {
    const { cluster, run } = await startJob("pod-cleanup");
    cluster.store.remove(ROLES, "team", "pod-cleanup");
    const { exitCode, pods } = await runJob(cluster, "team", run.metadata.name);
    const report = parseReport(pods[0]?.terminationMessage);
    expect(exitCode, pods[0]?.log).toBe(77);
    expect(report).toMatchObject({ outcome: "denied", error: { reason: "Forbidden" } });
    expect(`${report?.error?.message} ${report?.error?.hint}`).toContain("list pods");
    expect(cluster.audit.ofServiceAccount("team", "pod-cleanup")).toContainEqual(
      expect.objectContaining({ verb: "list", resource: "pods", code: 403 }),
    );
  });
});
