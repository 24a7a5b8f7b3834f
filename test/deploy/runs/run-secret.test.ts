import { describe, expect, it, onTestFinished } from "vitest";
import { deployAndTrigger } from "../../../deploy/embedded/deploy-and-trigger.ts";
import { mountedParamsOf } from "../../../deploy/manifests/manual-job.ts";
import { prepareJob } from "../../../deploy/project/prepare.ts";
import { parseReport } from "../../../deploy/runs/history/report-text.ts";
import type { JobObject } from "../../../deploy/runs/history/run-objects.ts";
import { applyPlan, keepPlan } from "../../../deploy/runs/plan.ts";
import { retryRun, triggerRun } from "../../../deploy/runs/trigger-run.ts";
import { runJob } from "../../../runtime/embedded/controllers/jobs.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import type { Report } from "../../../runtime/run/report/report.ts";

const FILE = "test/cluster/jobs/signs.ts";
const KEY = "key-4711-key-4711";
const PARAM = [`key=${KEY}`, "to=somebody"];
const SECRETS = { group: "", resource: "secrets" };
const JOBS = { group: "batch", resource: "jobs" };

/** A cluster with a run of the job that was given a secret parameter, which has not begun. */
async function started() {
  const cluster = await startEmbeddedCluster();
  const job = await prepareJob(FILE);
  const run = await deployAndTrigger(cluster, { job, namespace: "team", param: PARAM, dryRun: false });
  const connection = createConnection({
    server: cluster.url,
    ca: cluster.ca,
    token: tokenOf(cluster),
    namespace: "team",
  });
  onTestFinished(async () => {
    await connection.close();
    await cluster.close();
  });
  const target = {
    client: clientOver(connection.send, { namespace: "default" }),
    namespace: "team",
    context: "embedded",
  };
  return { cluster, run, target: { ...target, [Symbol.asyncDispose]: async () => {} } };
}

function tokenOf({ adminToken }: EmbeddedCluster) {
  return { get: async () => adminToken };
}

async function reportOf(cluster: EmbeddedCluster, { metadata }: JobObject): Promise<Report> {
  const { pods } = await runJob(cluster, "team", metadata.name);
  const report = parseReport(pods.at(-1)?.terminationMessage);
  if (report === undefined) throw new Error(pods[0]?.log);
  return report;
}

/** Everything that the cluster holds but Secrets, with what is base64 in it. */
function elsewhere({ store }: EmbeddedCluster): string {
  const kinds = [
    JOBS,
    { group: "batch", resource: "cronjobs" },
    ...["pods", "configmaps", "events"].map((resource) => ({ group: "", resource })),
  ];
  return JSON.stringify(kinds.flatMap((kind) => store.all(kind, "team")));
}

const secretsOf = ({ store }: EmbeddedCluster) => store.all(SECRETS, "team").filter(({ immutable }) => immutable);

describe("a secret parameter", () => {
  it("reaches the job, and is in a Secret that the Job owns and nowhere else", async () => {
    const { cluster, run } = await started();
    expect(await reportOf(cluster, run)).toMatchObject({
      outcome: "succeeded",
      params: { key: "[redacted]", to: "somebody", often: 1 },
      result: { length: KEY.length, often: 1 },
    });
    const { name, uid } = run.metadata;
    expect(secretsOf(cluster)).toMatchObject([
      {
        metadata: {
          name: `errand-params-${name}`,
          ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid }],
        },
        type: "Opaque",
      },
    ]);
    const text = elsewhere(cluster);
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(Buffer.from(KEY).toString("base64"));
  });

  it("goes with its Job", async () => {
    const { cluster, run, target } = await started();
    await target.client.kube.inNamespace("team").jobs.delete(run.metadata.name);
    await expect.poll(() => secretsOf(cluster)).toEqual([]);
  });

  it("is not taken from a Secret that somebody else has put there", async () => {
    const { cluster, run } = await started();
    const name = `errand-params-${run.metadata.name}`;
    const kept = cluster.store.mustGet(SECRETS, "team", name);
    const forged = Buffer.from(JSON.stringify({ salt: "", params: { key: "forged" } })).toString("base64");
    cluster.store.replace(SECRETS, { ...kept, data: { "params.json": forged } });
    expect(await reportOf(cluster, run)).toMatchObject({
      outcome: "invalid",
      error: { message: expect.stringContaining("does not have the secret parameters") },
    });
  });

  it("is given again to a run that repeats one, from its Secret", async () => {
    const { cluster, run, target } = await started();
    await reportOf(cluster, run);
    const { run: again } = await retryRun(target, run, { force: true });
    expect(await reportOf(cluster, again)).toMatchObject({ outcome: "succeeded", result: { length: KEY.length } });
    expect(secretsOf(cluster)).toHaveLength(2);
    cluster.store.remove(SECRETS, "team", `errand-params-${again.metadata.name}`);
    await expect(retryRun(target, again, { force: true })).rejects.toThrow(/had secret parameters: Secret .* is gone/);
  });

  it("is in a plan as a salted hash, and what applies the plan gets it", async () => {
    const { cluster, target } = await started();
    const options = { param: PARAM, dryRun: true, force: true };
    const planning = await triggerRun(target, "signs", { ...options, plan: "record" });
    const plan = await keepPlan(target.client, planning, await reportOf(cluster, planning));
    expect(plan.plan).toMatchObject({
      params: { to: "somebody" },
      secretParams: {
        secret: `errand-params-${planning.metadata.name}`,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(elsewhere(cluster)).not.toContain(KEY);
    const applied = await applyPlan(target, "signs", plan.hash, true);
    expect(mountedParamsOf(applied)).toEqual(plan.plan.secretParams);
    const other = await triggerRun(target, "signs", { ...options, plan: "record" });
    const second = await keepPlan(target.client, other, await reportOf(cluster, other));
    expect(second.plan.secretParams?.sha256).not.toBe(plan.plan.secretParams?.sha256);
  });

  it("starts nothing for who may not create Secrets", async () => {
    const { cluster, target } = await started();
    cluster.faults.add({ verb: "create", resource: "secrets", effect: { kind: "status", code: 403 } });
    await expect(triggerRun(target, "signs", { param: PARAM, dryRun: false, force: true })).rejects.toThrow();
    expect(cluster.store.all(JOBS, "team")).toHaveLength(1);
  });

  it("ends a run whose Secret could not be made", async () => {
    const { cluster, run, target } = await started();
    cluster.faults.add({ verb: "create", resource: "secrets", effect: { kind: "status", code: 403 }, after: 1 });
    await expect(triggerRun(target, "signs", { param: PARAM, dryRun: false, force: true })).rejects.toThrow();
    const unborn = cluster.store.all(JOBS, "team").find(({ metadata }) => metadata.uid !== run.metadata.uid);
    expect(unborn).toMatchObject({
      metadata: { annotations: { "errand/cancelled": expect.any(String) } },
      spec: { activeDeadlineSeconds: 1 },
    });
  });
});
