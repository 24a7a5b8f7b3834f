import { describe, expect, it, onTestFinished } from "vitest";
import type { EmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";
import type { Access } from "../../../../runtime/job/access.ts";
import { resolveAccess } from "../../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../../runtime/kube/client.ts";
import { EnforcedPlan } from "../../../../runtime/kube/plan/enforced-plan.ts";
import type { PlannedChange } from "../../../../runtime/kube/plan/planned-change.ts";
import { RecordedPlan } from "../../../../runtime/kube/plan/recorded-plan.ts";
import { bodyText, type KubeRequest, type KubeResponse, type Step } from "../../../../runtime/kube/requests/request.ts";
import type { Kube } from "../../../../runtime/kube/surface/kube.ts";
import { startCluster } from "../../embedded/cluster-setup.ts";

const ACCESS = {
  configmaps: ["get", "list", "create", "update", "patch", "delete", "deletecollection"],
} satisfies Access;
type Client = Kube<typeof ACCESS>;

const named = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: "v1" as const,
  kind: "ConfigMap" as const,
  metadata: { name, namespace: "team" },
  data,
});

async function clusterWith(...names: readonly string[]): Promise<EmbeddedCluster> {
  const cluster = await startCluster();
  cluster.applyObjects(names.map((name) => named(name)));
  return cluster;
}

function clientOf(cluster: EmbeddedCluster, plan: Step, dryRun: boolean): Client {
  const client = createClient<typeof ACCESS>({
    config: {
      server: cluster.url,
      ca: cluster.ca,
      token: { get: () => Promise.resolve(cluster.adminToken) },
      namespace: "team",
    },
    rules: resolveAccess(ACCESS, builtinCatalog),
    dryRun,
    plan,
  });
  onTestFinished(() => client.close());
  return client.kube;
}

async function record(
  cluster: EmbeddedCluster,
  work: (kube: Client) => Promise<unknown>,
): Promise<readonly PlannedChange[]> {
  const plan = new RecordedPlan();
  await work(clientOf(cluster, plan.step(), true));
  const report = plan.report();
  return "changes" in report ? report.changes : [];
}

function enforce(cluster: EmbeddedCluster, changes: readonly PlannedChange[], { rehearses = false } = {}) {
  const violations: Error[] = [];
  const plan = new EnforcedPlan("0123456789", changes);
  return {
    kube: clientOf(
      cluster,
      plan.step((error) => violations.push(error), { rehearses }),
      rehearses,
    ),
    plan,
    violations,
  };
}

const namesIn = (cluster: EmbeddedCluster) =>
  cluster.store
    .all({ group: "", resource: "configmaps" }, "team")
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== "kube-root-ca.crt");

const everything = async (kube: Client) => {
  await kube.configmaps.delete("gone");
  await kube.configmaps.patch("changed", { data: { a: "1" } });
  await kube.configmaps.patch("changed", { data: { b: "2" } });
  await kube.configmaps.create(named("made"));
};

describe("RecordedPlan", () => {
  it("lists the changes and their objects without making them", async () => {
    const cluster = await clusterWith("gone", "changed", "other");
    const changes = await record(cluster, everything);
    const at = (name: string) => {
      const { uid, resourceVersion } =
        cluster.store.get({ group: "", resource: "configmaps" }, "team", name)?.metadata ?? {};
      return { namespace: "team", name, uid, resourceVersion };
    };
    // Of what was deleted by its name the server says only which one it was.
    const { resourceVersion: _unsaid, ...gone } = at("gone");
    expect(changes).toMatchObject([
      { verb: "delete", resource: "configmaps", ...gone },
      { verb: "patch", resource: "configmaps", kind: "ConfigMap", ...at("changed") },
      { verb: "patch", resource: "configmaps", kind: "ConfigMap", ...at("changed") },
      { verb: "create", resource: "configmaps", kind: "ConfigMap", namespace: "team", name: "made" },
    ]);
    expect(changes[3]).not.toHaveProperty("uid");
    expect(namesIn(cluster).sort()).toEqual(["changed", "gone", "other"]);
  });

  it("refuses to plan the deletion of a collection", async () => {
    const cluster = await clusterWith("gone");
    await expect(record(cluster, (kube) => kube.configmaps.deleteCollection({ labelSelector: "a=b" }))).rejects.toThrow(
      "cannot be planned",
    );
  });
});

describe("EnforcedPlan", () => {
  it("allows a run the planned changes, even two of the same object", async () => {
    const cluster = await clusterWith("gone", "changed", "other");
    const { kube, plan, violations } = enforce(cluster, await record(cluster, everything));
    await everything(kube);
    expect(plan.report()).toEqual({ hash: "0123456789", planned: 4, made: 4, changed: [], left: [] });
    expect(violations).toEqual([]);
    expect(namesIn(cluster).sort()).toEqual(["changed", "made", "other"]);
  });

  it.each<[string, (kube: Client) => Promise<unknown>]>([
    ["another object", (kube) => kube.configmaps.delete("other")],
    ["another verb", (kube) => kube.configmaps.patch("gone", { data: {} })],
    ["a collection", (kube) => kube.configmaps.deleteCollection({ labelSelector: "a=b" })],
  ])("sends nothing and stops the run at %s", async (_case, work) => {
    const cluster = await clusterWith("gone", "other");
    const changes = await record(cluster, (kube) => kube.configmaps.delete("gone"));
    const { kube, violations } = enforce(cluster, changes);
    await expect(work(kube)).rejects.toThrow("is not in plan 0123456789; nothing was sent, and the run stops");
    expect(violations).toHaveLength(1);
    expect(namesIn(cluster).sort()).toEqual(["gone", "other"]);
  });

  it.each<[string, (kube: Client) => Promise<unknown>]>([
    ["another body", (kube) => kube.configmaps.patch("changed", { data: { a: "2" } })],
    ["another kind of patch", (kube) => kube.configmaps.patch("changed", { data: { a: "1" } }, { type: "strategic" })],
    ["a field more", (kube) => kube.configmaps.patch("changed", { data: { a: "1", b: "1" } })],
  ])("sends nothing and stops the run if a planned object would be changed by %s", async (_case, work) => {
    const cluster = await clusterWith("changed");
    const planned = (kube: Client) => kube.configmaps.patch("changed", { data: { a: "1" } });
    const { kube, plan, violations } = enforce(cluster, await record(cluster, planned));
    await expect(work(kube)).rejects.toThrow(
      'patch configmaps "changed" in namespace "team" with this content is not in plan 0123456789; nothing was sent',
    );
    expect(violations).toHaveLength(1);
    expect(plan.report()).toMatchObject({ made: 0, left: [{ name: "changed" }] });
    expect(cluster.store.get({ group: "", resource: "configmaps" }, "team", "changed")).not.toHaveProperty("data.a");
  });

  it("matches two planned patches of one object in any order", async () => {
    const cluster = await clusterWith("changed");
    const [one, two] = [{ data: { a: "1" } }, { data: { b: "2" } }];
    const changes = await record(cluster, async (kube) => {
      await kube.configmaps.patch("changed", one);
      await kube.configmaps.patch("changed", two);
    });
    const { kube, plan } = enforce(cluster, changes);
    await kube.configmaps.patch("changed", two);
    await kube.configmaps.patch("changed", one);
    expect(plan.report()).toMatchObject({ made: 2, left: [] });
  });

  it("allows a planned update after the run has read the object again", async () => {
    const cluster = await clusterWith("changed");
    const update = async (kube: Client) => {
      const read = await kube.configmaps.get("changed");
      await kube.configmaps.update({ ...read, data: { at: new Date().toISOString() } });
    };
    const { kube, plan } = enforce(cluster, await record(cluster, update));
    await update(kube);
    expect(plan.report()).toMatchObject({ made: 1, left: [], changed: [] });
  });

  it("stops the run if it makes a planned change once too often", async () => {
    const cluster = await clusterWith("changed");
    const patch = (kube: Client) => kube.configmaps.patch("changed", { data: { a: "1" } });
    const { kube, violations } = enforce(cluster, await record(cluster, patch));
    await patch(kube);
    await expect(patch(kube)).rejects.toThrow("is not in plan");
    expect(violations).toHaveLength(1);
  });

  it("reports nothing as made if the run ended in its rehearsal", async () => {
    const cluster = await clusterWith("gone", "changed");
    const changes = await record(cluster, everything);
    const { kube, plan } = enforce(cluster, changes, { rehearses: true });
    await kube.configmaps.delete("gone");
    cluster.applyObjects([named("changed", { by: "somebody" })]);
    await expect(kube.configmaps.patch("changed", { data: { a: "1" } })).rejects.toThrow("nothing was changed");
    const report = plan.report();
    expect(report).toMatchObject({ made: 0, changed: [{ name: "changed" }] });
    expect("left" in report && report.left).toContainEqual(expect.objectContaining({ verb: "delete", name: "gone" }));
    expect(namesIn(cluster)).toContain("gone");
  });

  it("skips and reports objects that were replaced or changed since", async () => {
    const cluster = await clusterWith("gone", "changed");
    const changes = await record(cluster, everything);
    const { kube, plan, violations } = enforce(cluster, changes);
    cluster.applyObjects([named("changed", { by: "somebody" })]);
    await kube.configmaps.list();
    await expect(kube.configmaps.patch("changed", { data: { a: "1" } })).rejects.toThrow(
      "has changed since plan 0123456789; nothing was changed",
    );
    cluster.store.remove({ group: "", resource: "configmaps" }, "team", "gone");
    cluster.applyObjects([named("gone")]);
    await expect(kube.configmaps.delete("gone")).rejects.toThrow("nothing was changed");
    expect(plan.report()).toMatchObject({
      made: 0,
      changed: [{ name: "changed" }, { name: "gone" }],
      left: [{ name: "changed" }, { name: "made" }],
    });
    expect(violations).toEqual([]);
    expect(namesIn(cluster).sort()).toEqual(["changed", "gone"]);
  });
});

it("a planned change is bound to its object without rounding a 64-bit integer [N1]", async () => {
  const request: KubeRequest = {
    ...{ method: "PATCH", path: "/pods/web", query: [], headers: { "content-type": "application/merge-patch+json" } },
    body: { spec: { count: 9_007_199_254_740_993n } },
    attributes: { verb: "patch", group: "", version: "v1", resource: "pods", namespace: "team", name: "web" },
  };
  const object = { metadata: { name: "web", uid: "u", resourceVersion: "7" } };
  const sent: (string | undefined)[] = [];
  const send = async (one: KubeRequest) => {
    sent.push(bodyText(one));
    return { status: 200, headers: {}, json: object } as unknown as KubeResponse;
  };
  const recorded = new RecordedPlan();
  await recorded.step()(send)(request);
  const report = recorded.report();
  const enforced = new EnforcedPlan("0123456789", "changes" in report ? report.changes : []);
  await enforced.step(() => {}, { rehearses: false })(send)(request);
  expect(sent).toEqual([
    '{"spec":{"count":9007199254740993}}',
    '{"spec":{"count":9007199254740993},"metadata":{"uid":"u","resourceVersion":"7"}}',
  ]);
});
