import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE } from "../until.ts";
import { adminClient, jobClientOf } from "./real-client.ts";

const WRITES = ["get", "list", "create", "update", "patch", "delete", "deletecollection"] as const;
const ACCESS = {
  configmaps: WRITES,
  pods: ["get", "list"],
  deployments: ["get", "patch"],
  events: ["create", "list"],
  "deployments/status": ["update", "patch"],
  "deployments/scale": ["get", "update", "patch"],
  "pods/eviction": ["create"],
  "pods/binding": ["create"],
  "pods/resize": ["patch"],
  "pods/ephemeralcontainers": ["patch"],
} as const;
/** Nothing may be changed. */
const NOTHING = { create: 0, update: 0, patch: 0, delete: 0, deletecollection: 0 };
const dry = { dryRun: true } as const;

let namespace: TestNamespace;
let admin: ConnectedClient;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-dry");
  admin = await adminClient(namespace);
  // Its pods are objects to be changed: none of them runs.
  await namespace.allowAnyPod();
});

afterAll(async () => {
  await admin.close();
  await namespace.delete();
});

describe("a call with dryRun in a real run on a real server", () => {
  it("returns the result, changes nothing and does not count [I7] [P3]", async () => {
    const { configmaps, pods, deployments, events } = admin.kube;
    const config = await configmaps.create({ metadata: { name: "kept", labels: { kept: "yes" } }, data: { a: "1" } });
    const container = { name: "main", image: "none", resources: { requests: { cpu: "10m" } } };
    const template = { metadata: { labels: { app: "kept" } }, spec: { containers: [container] } };
    await deployments.create({
      metadata: { name: "kept" },
      spec: { replicas: 0, selector: { matchLabels: { app: "kept" } }, template },
    });
    await deployments.waitFor("kept", ({ status }) => status.observedGeneration === 1, { timeout: PATIENCE });
    await pods.create({ metadata: { name: "kept" }, spec: { ...template.spec, schedulerName: "nobody" } });
    const everything = async () =>
      JSON.stringify([
        await configmaps.list({ fieldSelector: "metadata.name!=kube-root-ca.crt" }).toArray(),
        await pods.list().toArray(),
        await deployments.list().toArray(),
        (await events.list().toArray()).filter(({ reason }) => reason === "Looked"),
      ]);
    const before = await everything();

    await using job = await jobClientOf(namespace, "asks", ACCESS, { limits: NOTHING });
    const { kube } = job;
    expect((await kube.configmaps.create({ metadata: { generateName: "never-" } }, dry)).metadata.uid).toBeTruthy();
    expect((await kube.configmaps.update({ ...config, data: { a: "2" } }, dry)).data).toEqual({ a: "2" });
    expect((await kube.configmaps.modify("kept", (one) => ({ ...one, data: { a: "3" } }), dry)).data).toEqual({
      a: "3",
    });
    expect(await kube.configmaps.patch(config, { data: { b: "4" } }, dry)).toMatchObject({ data: { a: "1", b: "4" } });
    expect((await kube.configmaps.apply({ metadata: { name: "kept" }, data: { b: "5" } }, dry)).data?.b).toBe("5");
    expect((await kube.configmaps.apply({ metadata: { name: "never" }, data: { b: "5" } }, dry)).data?.b).toBe("5");
    expect(await kube.configmaps.delete(config, dry)).toBe("deleted");
    expect(await kube.configmaps.delete("kept", { ...dry, preconditions: { uid: "another" } })).toBe("changed");
    expect(await kube.configmaps.deleteCollection({ ...dry, labelSelector: "kept" })).toBe(1);
    expect(await kube.pods.evict(await kube.pods.get("kept"), dry)).toBe("evicted");
    await kube.pods.bind("kept", "nowhere", dry);
    const look = { name: "look", image: "none", targetContainerName: "main" };
    const looked = await kube.pods.addEphemeralContainer("kept", look, dry);
    expect(looked).toMatchObject({ spec: { ephemeralContainers: [{ name: "look" }] } });
    const resize = { spec: { containers: [{ name: "main", resources: { requests: { cpu: "20m" } } }] } };
    expect(await kube.pods.resize("kept", resize, dry)).toMatchObject(resize);
    expect((await kube.deployments.restart("kept", dry)).spec.template.metadata?.annotations).toBeTruthy();
    expect(await kube.deployments.scale("kept", 5, dry)).toMatchObject({ spec: { replicas: 5 } });
    const scale = await kube.deployments.getScale("kept");
    expect((await kube.deployments.updateScale({ ...scale, spec: { replicas: 6 } }, dry)).spec?.replicas).toBe(6);
    expect(await kube.deployments.patchStatus("kept", { collisionCount: 3 }, dry)).toMatchObject({
      status: { collisionCount: 3 },
    });
    const { status, ...workload } = await kube.deployments.get("kept");
    const written = await kube.deployments.updateStatus({ ...workload, status: { ...status, collisionCount: 4 } }, dry);
    expect(written.status.collisionCount).toBe(4);
    await kube.events.record(config, { reason: "Looked", message: "at it" }, dry);

    expect(await everything()).toBe(before);
    expect(job.stats.mutations).toEqual({});
    const writes = (await namespace.requestsOf("asks")).filter(({ verb }) => verb !== "get");
    expect(writes).toHaveLength(19);
    expect(writes.filter(({ requestURI }) => !requestURI.includes("dryRun=All"))).toEqual([]);
    await expect(kube.configmaps.delete("kept")).rejects.toMatchObject({ reason: "LimitExceeded" });
  });

  it("fails with the server's message, like the change itself [I6] [E1]", async () => {
    const wrong = { metadata: { name: "wrong" }, datta: {} };
    await expect(admin.kube.configmaps.create(wrong, dry)).rejects.toMatchObject({
      code: 400,
      serverMessage: expect.stringContaining('unknown field "datta"'),
    });
    await admin.kube.configmaps.create({ metadata: { name: "there" } });
    await expect(admin.kube.configmaps.create({ metadata: { name: "there" } }, dry)).rejects.toMatchObject({
      reason: "AlreadyExists",
    });
    await expect(admin.kube.deployments.scale("missing", 1, dry)).rejects.toMatchObject({ reason: "NotFound" });
  });

  it("does not wait for a disruption budget [I12]", async () => {
    const labels = { app: "guarded" };
    const spec = { schedulerName: "nobody", containers: [{ name: "main", image: "none" }] };
    const { pods, poddisruptionbudgets } = admin.kube;
    const pod = await pods.create({ metadata: { name: "guarded", labels }, spec });
    // A pod that never ran may always go: this one says that it runs.
    await pods.patchStatus(pod.metadata.name, { phase: "Running" });
    await poddisruptionbudgets.create({
      metadata: { name: "guard" },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    await poddisruptionbudgets.waitFor("guard", ({ status }) => status.observedGeneration === 1, { timeout: PATIENCE });
    expect(await pods.evict("guarded", dry)).toBe("evicted");
    await expect(pods.evict("guarded", { timeout: "1s" })).rejects.toMatchObject({ reason: "WaitTimeout" });
    expect((await pods.get("guarded")).metadata.deletionTimestamp).toBeUndefined();
  });
});
