import { describe, expect, it } from "vitest";
import { manualJob } from "../../../deploy/manifests/manual-job.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { renderInput } from "./render-input.ts";

type CronJob = Parameters<typeof manualJob>[0];

function deployed(): CronJob {
  const manifests = renderManifests(renderInput("sweep", { access: { pods: ["list"] }, retries: 2 }));
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const server = { uid: "cron-uid", resourceVersion: "7", creationTimestamp: "2026-03-01T10:00:00Z" };
  return { ...cronJob, metadata: { ...cronJob?.metadata, ...server } } as unknown as CronJob;
}

const variables = (job: ReturnType<typeof manualJob>) =>
  Object.fromEntries((job.spec?.template.spec?.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));

describe("manualJob", () => {
  it("is the CronJob's template, owned by the CronJob", () => {
    const cronJob = deployed();
    const job = manualJob(cronJob, { name: "sweep-kt2c4", params: {}, dryRun: false });
    expect(job.metadata).toEqual({
      name: "sweep-kt2c4",
      namespace: "team-a",
      labels: cronJob.metadata.labels,
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "sweep", uid: "cron-uid", controller: true }],
    });
    expect(job.spec).toMatchObject({
      backoffLimitPerIndex: 2,
      completionMode: "Indexed",
      ttlSecondsAfterFinished: 604_800,
    });
    expect(variables(job)).toMatchObject({ ERRAND_JOB: "sweep", ERRAND_TRIGGER: "manual" });
    expect(variables(job)).not.toHaveProperty("ERRAND_PARAMS");
    expect(variables(job)).not.toHaveProperty("ERRAND_DRY_RUN");
  });

  it("passes parameters as JSON, and a dry run", () => {
    const job = manualJob(deployed(), { name: "sweep-kt2c4", params: { olderThan: "2h", most: 3 }, dryRun: true });
    expect(variables(job)).toMatchObject({ ERRAND_PARAMS: '{"olderThan":"2h","most":3}', ERRAND_DRY_RUN: "true" });
  });

  it("doubles each dollar in a parameter, because the kubelet expands variables", () => {
    const job = manualJob(deployed(), { name: "sweep-kt2c4", params: { text: "$(HOME) a$$b $" }, dryRun: false });
    expect(variables(job).ERRAND_PARAMS).toBe('{"text":"$$(HOME) a$$$$b $$"}');
  });

  it("drops the schedule's parameters, which the run's own already include", () => {
    const settings = { image: "node:26", params: { olderThan: "1h" } };
    const input = { ...renderInput("sweep", { access: { pods: ["list"] } }), settings };
    const cronJob = renderManifests(input).find(({ kind }) => kind === "CronJob") as unknown as CronJob;
    const run = (params: Readonly<Record<string, string>>) =>
      variables(manualJob(cronJob, { name: "sweep-kt2c4", params, dryRun: false }));
    expect(run({ olderThan: "2h" }).ERRAND_PARAMS).toBe('{"olderThan":"2h"}');
    expect(run({})).not.toHaveProperty("ERRAND_PARAMS");
  });
});
