import { describe, expect, it } from "vitest";
import { NAME_LABEL } from "../../../deploy/manifests/manifest.ts";
import { findJob } from "../../../deploy/runs/find-job.ts";
import { listRuns } from "../../../deploy/runs/find-run.ts";
import { pauseJob, resumeJob } from "../../../deploy/runs/pause.ts";
import { triggerRun } from "../../../deploy/runs/trigger-run.ts";
import { liveSource } from "../../../deploy/source/live-source.ts";
import { standingOf, whyOf } from "../../../deploy/source/lookup.ts";
import type { JobEntry } from "../../../deploy/source/run-source.ts";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { installJob, WAYS } from "../diagnose/access/install-job.ts";
import { embeddedTarget } from "../release/embedded-target.ts";

const NOW = new Date("2026-03-01T10:00:00Z");

async function jobsOf(client: KubeClient, namespace: string | undefined): Promise<readonly JobEntry[]> {
  return (await liveSource({ client, context: "test" }, namespace, { clock: () => NOW }).jobs({})).entries;
}

async function installed(way: (typeof WAYS)[number]) {
  const { targetIn } = await embeddedTarget("ops");
  const target = targetIn("ops");
  const cronJob = await installJob(target, way);
  const cluster = { ...target, [Symbol.asyncDispose]: async () => {} };
  return { client: target.client, cluster, cronJob };
}

describe.each(WAYS)("a job installed by %s", (way) => {
  it("is among those that ps shows when all are read", async () => {
    const { client } = await installed(way);
    expect(await jobsOf(client, undefined)).toMatchObject([
      { job: "sweep", namespace: "ops", state: "scheduled", schedule: "@daily", nextRun: "2026-03-02T00:00:00.000Z" },
    ]);
  });

  it("runs when it is triggered, and its run is found again by its job", async () => {
    const { client, cluster } = await installed(way);
    const options = { param: [], given: undefined, dryRun: false, force: false };
    const run = await triggerRun(cluster, "sweep", options);
    expect(run.metadata.labels).toMatchObject({ [NAME_LABEL]: "sweep" });
    expect((await listRuns(client, "ops", "sweep")).map(({ metadata }) => metadata.name)).toEqual([run.metadata.name]);
    await expect(triggerRun(cluster, "sweep", options)).rejects.toThrow(run.metadata.name);
    const standing = await standingOf(liveSource(cluster, "ops"), "ops", "sweep");
    expect(standing).toMatchObject({
      job: { job: "sweep", active: [run.metadata.name] },
      run: { record: { report: { run: { id: run.metadata.name } } } },
    });
  });

  it("is paused, explained and resumed when that is asked for", async () => {
    const { client, cronJob } = await installed(way);
    expect(await pauseJob(client, cronJob, NOW)).toBe("paused");
    const paused = await findJob(client, "ops", "sweep");
    expect(paused.spec?.suspend).toBe(true);
    expect(await whyOf(liveSource({ client, context: "test" }, "ops"), "ops", "sweep")).toMatchObject({
      schedule: { cause: "paused" },
    });
    expect(await resumeJob(client, paused)).toBe("resumed");
    const { metadata, spec } = await findJob(client, "ops", "sweep");
    expect(spec?.suspend ?? false).toBe(false);
    expect(metadata.annotations ?? {}).not.toHaveProperty(["errand/paused"]);
  });
});
