import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { startEmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";
import { resolveAccess } from "../../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../../runtime/kube/client.ts";
import type { ConnectedClient } from "../../../../runtime/kube/connect.ts";
import { EnforcedPlan } from "../../../../runtime/kube/plan/enforced-plan.ts";
import { RecordedPlan } from "../../../../runtime/kube/plan/recorded-plan.ts";
import type { Kube } from "../../../../runtime/kube/surface/kube.ts";
import { jobClient, pod } from "../server/job-client.ts";
import {
  type Answer,
  fixedToken,
  json,
  reset,
  type ScriptedServer,
  startScriptedServer,
  status,
} from "../server/scripted-server.ts";

const ALL = ["get", "list", "create", "update", "patch", "delete", "deletecollection"] as const;
const ACCESS = {
  pods: ALL,
  deployments: ALL,
  events: ["create"],
  "deployments/status": ["update", "patch"],
  "deployments/scale": ["update", "patch"],
  "pods/eviction": ["create"],
  "pods/binding": ["create"],
  "pods/resize": ["patch"],
  "pods/ephemeralcontainers": ["patch"],
  "pods/exec": ["get", "create"],
  "pods/attach": ["get", "create"],
  "pods/portforward": ["get", "create"],
  "pods/proxy": ["get", "create"],
} as const;
type Client = Kube<typeof ACCESS>;

/** Nothing may be changed. */
const NOTHING = { create: 0, update: 0, patch: 0, delete: 0, deletecollection: 0 };
const POD = { metadata: { name: "web" }, spec: { containers: [] } };
const READ_POD = { metadata: { name: "web", uid: "u", resourceVersion: "7" }, spec: { containers: [] } };
const READ_WORKLOAD = { metadata: { name: "web", resourceVersion: "7" } } as never;
const dry = { dryRun: true } as const;

const CALLS: readonly (readonly [string, (kube: Client) => Promise<unknown>])[] = [
  ["create", ({ pods }) => pods.create(POD, dry)],
  ["update", ({ pods }) => pods.update(READ_POD, dry)],
  ["modify", ({ pods }) => pods.modify("web", (one) => one, dry)],
  ["patch", ({ pods }) => pods.patch("web", {}, { ...dry, type: "strategic" })],
  ["apply", ({ pods }) => pods.apply(POD, { ...dry, force: true })],
  ["delete", ({ pods }) => pods.delete("web", { ...dry, gracePeriodSeconds: 0 })],
  ["delete of an object", ({ pods }) => pods.delete(READ_POD, dry)],
  ["deleteCollection", ({ pods }) => pods.deleteCollection({ ...dry, all: true })],
  ["evict", ({ pods }) => pods.evict("web", dry)],
  ["bind", ({ pods }) => pods.bind("web", "node-1", dry)],
  ["resize", ({ pods }) => pods.resize("web", {}, dry)],
  ["addEphemeralContainer", ({ pods }) => pods.addEphemeralContainer("web", {}, dry)],
  ["restart", ({ deployments }) => deployments.restart("web", dry)],
  ["updateStatus", ({ deployments }) => deployments.updateStatus(READ_WORKLOAD, dry)],
  ["patchStatus", ({ deployments }) => deployments.patchStatus("web", {}, dry)],
  ["scale", ({ deployments }) => deployments.scale("web", 2, dry)],
  [
    "updateScale",
    ({ deployments }) =>
      deployments.updateScale({ metadata: { name: "web", resourceVersion: "7" }, spec: { replicas: 2 } }, dry),
  ],
  ["record", ({ events }) => events.record(pod("web") as never, { reason: "Looked", message: "at it" }, dry)],
];

/** The writes that arrived, each with what says in it that it is a dry run. */
function writesOf({ requests }: ScriptedServer): (readonly [method: string, query: string | null, body: unknown])[] {
  return requests
    .filter(({ method }) => method !== "GET")
    .map(({ method, target, body }) => {
      const query = new URL(target, "https://api.example.test").searchParams.getAll("dryRun").join();
      return [method, query, method === "DELETE" ? JSON.parse(body).dryRun : undefined] as const;
    });
}

const isDry = ([method, query, body]: readonly [string, unknown, unknown]) =>
  query === "All" && (method !== "DELETE" || JSON.stringify(body) === '["All"]');

describe("a call with dryRun", () => {
  it.each(CALLS)(
    "reaches the server as a dry run, and does not count as a change: %s [I7] [P3]",
    async (_name, call) => {
      await using server = await startScriptedServer();
      await using client = jobClient(server, ACCESS, { limits: NOTHING });
      server.otherwise(json(200, pod("web")));
      await call(client.kube);
      expect(writesOf(server)).toHaveLength(1);
      expect(writesOf(server).every(isDry)).toBe(true);
      expect(client.stats.mutations).toEqual({});
      await expect(client.kube.pods.delete("web")).rejects.toMatchObject({ reason: "LimitExceeded" });
    },
  );

  it.each(CALLS)(
    "is a dry run in each attempt, and its outcome is never unknown: %s [I7] [D3]",
    async (_name, call) => {
      await using server = await startScriptedServer();
      await using client = jobClient(server, ACCESS);
      let tries = 0;
      const failing: Answer = (response, request, socket) => {
        tries += 1;
        const answers = [status(429, "TooManyRequests", "busy", { headers: { "retry-after": "1" } }), reset];
        (answers[tries % 2] as Answer)(response, request, socket);
      };
      server.otherwise((response, request, socket) =>
        (request.method === "GET" ? json(200, pod("web")) : failing)(response, request, socket),
      );
      await expect(call(client.kube)).rejects.toMatchObject({ outcomeUnknown: false, attempts: 11 });
      expect(writesOf(server).length).toBeGreaterThanOrEqual(11);
      expect(writesOf(server).every(isDry)).toBe(true);
      expect(client.stats.mutations).toEqual({});
    },
  );

  it.each([500, 502, 504])("is not retried, and its outcome is not unknown, after %i", async (code) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(status(code, "InternalError", "failed calling webhook"));
    await expect(client.kube.pods.create(POD, dry)).rejects.toMatchObject({ code, outcomeUnknown: false });
    expect(server.requests).toHaveLength(1);
  });

  it("does not affect the next call", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(json(200, pod("web")));
    await client.kube.pods.delete("web", dry);
    await client.kube.pods.delete("web", { dryRun: false });
    expect(writesOf(server)).toEqual([
      ["DELETE", "All", ["All"]],
      ["DELETE", "", undefined],
    ]);
    expect(client.stats.mutations).toEqual({ delete: { pods: 1 } });
  });

  it("is a dry run in a dry run too, where it counts as little as in a real run, and false does not turn it off [P3]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS, { dryRun: true });
    server.otherwise(json(200, pod("web")));
    await client.kube.pods.delete("web", dry);
    await client.kube.pods.delete("web", { dryRun: false });
    expect(writesOf(server)).toEqual(Array(2).fill(["DELETE", "All", ["All"]]));
    expect(client.stats.mutations).toEqual({ delete: { pods: 1 } });
  });

  it.each<[string, (kube: Client) => Promise<unknown>]>([
    ["exec", ({ pods }) => pods.exec("web", ["true"], dry as object)],
    ["attach", ({ pods }) => pods.attach("web", dry as object)],
    ["portForward", ({ pods }) => pods.portForward("web", 80, dry as object)],
    ["proxy", ({ pods }) => pods.proxy("web", "/", { method: "POST", ...(dry as object) })],
  ])("is refused in plain JavaScript for %s, which has no dry run [P3]", async (_name, call) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    await expect(call(client.kube)).rejects.toMatchObject({ reason: "NoDryRun" });
    expect(server.requests).toHaveLength(0);
  });

  it("is refused by the guard like the change itself [P2]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["create"] });
    const { pods } = client.kube as unknown as Client;
    await expect(pods.delete("web", dry)).rejects.toMatchObject({ reason: "NotDeclared" });
    expect(server.requests).toHaveLength(0);
  });
});

describe("a waiting method with dryRun", () => {
  const budget = status(429, "TooManyRequests", "it would violate the pod's disruption budget", {
    details: { causes: [{ reason: "DisruptionBudget", message: "needs 1" }], retryAfterSeconds: 9 },
  });

  it("does not wait for a disruption budget", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS, { limits: NOTHING });
    server.otherwise(budget);
    expect(await client.kube.pods.evict("web", dry)).toBe("evicted");
    expect(client.waits).toEqual([]);
    expect(client.stats.mutations).toEqual({});
  });

  it("counts a collection page by page, unaffected by limits [I11]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS, { limits: { delete: 2 } });
    const page = (uids: readonly string[], token: string): Answer =>
      json(200, { metadata: { continue: token }, items: uids.map((uid) => ({ metadata: { uid } })) });
    server.answer(page(["a", "b"], "next"), page(["c"], ""));
    expect(await client.kube.pods.deleteCollection({ ...dry, all: true })).toBe(3);
    expect(writesOf(server)).toEqual(Array(2).fill(["DELETE", "All", ["All"]]));
    expect(client.stats.mutations).toEqual({});
    server.otherwise(json(200, {}));
    await client.kube.pods.delete("web");
    await client.kube.pods.delete("web");
    await expect(client.kube.pods.delete("web")).rejects.toMatchObject({ reason: "LimitExceeded" });
  });

  it("starts over on a conflict, and returns what would have been written [D13]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.answer(json(200, pod("web")), status(409, "Conflict", "changed"), json(200, pod("web")), json(200, POD));
    expect(await client.kube.pods.modify("web", (one) => one, dry)).toEqual(POD);
    expect(writesOf(server)).toEqual(Array(2).fill(["PUT", "All", undefined]));
  });

  it("returns gone for an object that was deleted between two attempts", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.answer(reset, status(404, "NotFound", "gone"), reset, status(409, "Conflict", "another"));
    expect(await client.kube.pods.delete(READ_POD, dry)).toBe("gone");
    expect(await client.kube.pods.delete(READ_POD, dry)).toBe("changed");
  });
});

describe("a plan", () => {
  const config = (name: string) => ({
    apiVersion: "v1" as const,
    kind: "ConfigMap" as const,
    metadata: { name, namespace: "shop" },
    data: {},
  });
  const access = { configmaps: ALL } as const;

  async function setUp(plan: RecordedPlan | EnforcedPlan, dryRun: boolean) {
    const cluster = await startEmbeddedCluster();
    const violations: Error[] = [];
    const client = createClient<typeof access>({
      config: { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" },
      rules: resolveAccess(access, builtinCatalog),
      dryRun,
      plan: plan.step((error) => violations.push(error), { rehearses: dryRun }),
    });
    onTestFinished(async () => {
      await client.close();
      await cluster[Symbol.asyncDispose]();
    });
    cluster.applyObjects(["a", "b"].map(config));
    return {
      kube: client.kube,
      violations,
      names: async () => (await client.kube.configmaps.list().toArray()).map(({ metadata }) => metadata.name),
    };
  }

  const work = async ({ configmaps }: Kube<typeof access>) => {
    await configmaps.delete("a", dry);
    await configmaps.deleteCollection({ ...dry, all: true });
    await configmaps.create(config("made"), dry);
    await configmaps.delete("a");
  };

  it("does not list a call with dryRun, which changes nothing in the real run either", async () => {
    const plan = new RecordedPlan();
    const { kube, names } = await setUp(plan, true);
    await work(kube);
    expect(plan.report()).toMatchObject({ changes: [{ verb: "delete", resource: "configmaps", name: "a" }] });
    expect(await names()).toEqual(expect.arrayContaining(["a", "b"]));
  });

  it("allows a call with dryRun in addition to its changes, and does not count it as one of them", async () => {
    const recorded = new RecordedPlan();
    const rehearsal = await setUp(recorded, true);
    await work(rehearsal.kube);
    const report = recorded.report();
    // The objects of another cluster are others: only what is done to them is compared here.
    const changes =
      "changes" in report ? report.changes.map(({ uid: _uid, resourceVersion: _version, ...one }) => one) : [];
    const plan = new EnforcedPlan("0123456789", changes);
    const { kube, violations, names } = await setUp(plan, false);
    await work(kube);
    expect(violations).toEqual([]);
    expect(plan.report()).toEqual({ hash: "0123456789", planned: 1, made: 1, changed: [], left: [] });
    const left = await names();
    expect(left).toContain("b");
    expect(left).not.toContain("a");
    expect(left).not.toContain("made");
  });
});

it("dryRun is an option of all mutating methods and of no others, in jobs and outside", () => {
  const call = (kube: Client, unguarded: ConnectedClient["kube"]) => ({
    ...Object.fromEntries(CALLS.map(([name, one]) => [name, () => one(kube)])),
    outside: () => unguarded.nodes.patch("node-1", {}, dry),
    status: () => unguarded.nodes.patchStatus("node-1", {}, dry),
    // @ts-expect-error a command acts at once
    exec: () => kube.pods.exec("web", ["true"], dry),
    // @ts-expect-error so does a proxied service
    proxy: () => kube.pods.proxy("web", "/", { method: "POST", dryRun: true }),
    // @ts-expect-error a read changes nothing
    get: () => kube.pods.get("web", dry),
    // @ts-expect-error a token is valid all the same
    token: () => unguarded.serviceaccounts.createToken("default", dry),
  });
  expectTypeOf<Awaited<ReturnType<ReturnType<typeof call>["outside"]>>>().toHaveProperty("metadata");
});
