import { describe, expect, it } from "vitest";
import { applyManifests } from "../../../deploy/cluster/apply.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { rollbackJob } from "../../../deploy/operate/rollback-job.ts";
import { recordDeploy } from "../../../deploy/revisions/record-deploy.ts";
import { DEPLOYED_AT_ANNOTATION } from "../../../deploy/revisions/revision.ts";
import { findJob } from "../../../deploy/runs/find-job.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { storeServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const FIRST: JobSettings = { schedule: "0 * * * *", access: { pods: ["list"] } };
const SECOND: JobSettings = { schedule: "5 * * * *", access: { pods: ["list"], nodes: ["get"] }, timeout: "1h" };
const DAY = Date.parse("2026-03-01T00:00:00Z");

async function deploy(server: ReturnType<typeof storeServer>, definition: JobSettings, hash: string, day: number) {
  const input = renderInput("sweep", definition);
  const manifests = renderManifests({ ...input, bundle: { ...input.bundle, hash } });
  const job = { name: "sweep", namespace: "team-a", revision: hash };
  const recorded = await recordDeploy(server.api, job, manifests, new Date(DAY + day * 86_400_000));
  await applyManifests(server.api, recorded);
}

/** Everything that is there but the ConfigMaps, whose record of the time changes; and without the time of the store itself. */
function contents({ stored }: ReturnType<typeof storeServer>) {
  return [...stored.values()]
    .filter(({ kind }) => kind !== "ConfigMap")
    .map(({ metadata, ...rest }) => {
      const { creationTimestamp: _time, ...kept } = metadata as typeof metadata & { creationTimestamp: string };
      return { ...rest, metadata: kept };
    });
}

describe("rollbackJob", () => {
  it("leaves the very objects of the earlier revision, and nothing that only the newer one had", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    const before = contents(server);
    await deploy(server, SECOND, "2222222222", 2);
    const cronJob = await findJob(server.api, "team-a", "sweep");
    const done = await rollbackJob(server.api, cronJob, { dryRun: false }, new Date(DAY + 3 * 86_400_000));
    expect(done).toMatchObject({ from: "2222222222.1", to: "1111111111.1" });
    expect(contents(server)).toEqual(before);
    expect(done.changes.filter(({ change }) => change === "removed").map(({ object }) => object.kind)).toEqual([
      "ClusterRoleBinding",
      "ClusterRole",
    ]);
  });

  it("goes back to the settings before when only they were changed", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    const before = contents(server);
    await deploy(server, { ...FIRST, resources: { limits: { memory: "1Gi" } } }, "1111111111", 2);
    const cronJob = await findJob(server.api, "team-a", "sweep");
    const done = await rollbackJob(server.api, cronJob, { dryRun: false }, new Date(DAY + 3 * 86_400_000));
    expect(done).toMatchObject({ from: "1111111111.2", to: "1111111111.1" });
    expect(contents(server)).toEqual(before);
  });

  it("goes forth again when it is done twice", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, SECOND, "2222222222", 2);
    for (const [day, to] of [
      [3, "1111111111.1"],
      [4, "2222222222.1"],
    ] as const) {
      const cronJob = await findJob(server.api, "team-a", "sweep");
      expect((await rollbackJob(server.api, cronJob, { dryRun: false }, new Date(DAY + day * 86_400_000))).to).toBe(to);
    }
  });

  it("changes nothing in a dry run", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, SECOND, "2222222222", 2);
    const before = structuredClone([...server.stored]);
    const cronJob = await findJob(server.api, "team-a", "sweep");
    await rollbackJob(server.api, cronJob, { dryRun: true }, new Date(DAY));
    expect([...server.stored]).toEqual(before);
  });
});

describe("recordDeploy", () => {
  it("keeps the time of the deployed revision when it is deployed again", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, FIRST, "1111111111", 2);
    const configMap = server.stored.get("/api/v1/namespaces/team-a/configmaps/errand-sweep-1111111111");
    expect(configMap?.metadata.annotations?.[DEPLOYED_AT_ANNOTATION]).toBe("2026-03-02T00:00:00.000Z");
  });
});
