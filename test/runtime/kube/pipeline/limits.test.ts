import { expect, test } from "vitest";
import type { Limits } from "../../../../runtime/job/limits.ts";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import { TransportError } from "../../../../runtime/kube/errors/kube-error.ts";
import { LimitLedger } from "../../../../runtime/kube/pipeline/limit-ledger.ts";
import { limits } from "../../../../runtime/kube/pipeline/limits.ts";
import { StatsRecorder } from "../../../../runtime/kube/pipeline/stats.ts";
import type { KubeRequest, KubeResponse, ResourceAttributes } from "../../../../runtime/kube/requests/request.ts";

const OK = { status: 200, headers: {} } as KubeResponse;
const METHODS = { delete: "DELETE", patch: "PATCH", update: "PUT", create: "POST" } as const;

function mutation(more: Partial<ResourceAttributes> = {}, uid?: string): KubeRequest {
  const attributes = { verb: "delete", group: "", version: "v1", resource: "pods", name: "p", ...more } as const;
  const method = METHODS[attributes.verb as keyof typeof METHODS] ?? "POST";
  return { method, path: "/", query: [], headers: {}, body: {}, attributes, uid };
}

const patch = (name = "web", more: Partial<ResourceAttributes> = {}) =>
  mutation({ verb: "patch", group: "apps", resource: "deployments", name, ...more });

function answer(uid: string, status = 200): KubeResponse {
  return { ...OK, status, json: { metadata: { uid } } };
}

interface Ways {
  readonly dryRun?: boolean;
  readonly answer?: (request: KubeRequest) => Promise<KubeResponse>;
}

function setUp(bounds: Limits, { dryRun = false, answer = async () => OK }: Ways = {}) {
  const stats = new StatsRecorder();
  const stops: Error[] = [];
  const ledger = new LimitLedger(bounds, { dryRun, onLimit: (error) => stops.push(error) });
  const sent: KubeRequest[] = [];
  const send = limits(
    ledger,
    stats,
  )((request) => {
    sent.push(request);
    return answer(request);
  });
  return { stats, stops, ledger, send, sent };
}

test("limits refuses the mutation above the maximum, without sending it, and reports it once", async () => {
  const { send, sent, stops, stats } = setUp({ delete: 2 });
  await send(mutation());
  await send(mutation());
  await expect(send(mutation())).rejects.toMatchObject({ name: "LimitExceededError", verb: "delete", max: 2 });
  await expect(send(mutation())).rejects.toMatchObject({ name: "LimitExceededError" });
  expect(sent).toHaveLength(2);
  expect(stops).toMatchObject([{ message: "delete pods: the limit is 2 objects; the next call was not made" }]);
  expect(stats.mutations).toEqual({ delete: { pods: 2 } });
});

test("limits allows exactly the maximum if many calls are concurrent and some fail", async () => {
  let turn = 0;
  const { send, stats } = setUp(
    { delete: 5 },
    {
      answer: async () => {
        const mine = turn++;
        await new Promise((resolve) => setImmediate(resolve));
        if (mine % 2 === 0) throw new ApiError("gone", { code: 404, reason: "NotFound" });
        return OK;
      },
    },
  );
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => send(mutation())));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  expect(stats.mutations).toEqual({ delete: { pods: 5 } });
});

test.each([
  ["the connection was cut", new TransportError("cut", { code: "ECONNRESET", sent: true, outcomeUnknown: true })],
  ["the server ran out of time", new ApiError("timeout", { code: 504, reason: "Timeout", outcomeUnknown: true })],
])("limits counts a mutation with unknown outcome: %s", async (_why, error) => {
  const { send, stats } = setUp({ delete: 1 }, { answer: () => Promise.reject(error) });
  await expect(send(mutation())).rejects.toBe(error);
  await expect(send(mutation())).rejects.toMatchObject({ name: "LimitExceededError" });
  expect(stats.mutations).toEqual({ delete: { pods: 1 } });
});

test("limits counts an eviction as a deletion of its pod", async () => {
  const { send, stats } = setUp({ delete: 1 });
  await send(mutation({ verb: "create", subresource: "eviction" }));
  await expect(send(mutation())).rejects.toMatchObject({ name: "LimitExceededError" });
  expect(stats.mutations).toEqual({ delete: { pods: 1 } });
});

test("limits counts each verb separately and names the group of a resource", async () => {
  const { send, stats } = setUp({ delete: 1 });
  await send(mutation());
  await send(mutation({ verb: "create", group: "apps", resource: "deployments" }));
  expect(stats.mutations).toEqual({ delete: { pods: 1 }, create: { "deployments.apps": 1 } });
});

test("limits does not count reads and reviews of the caller itself", async () => {
  const { send, stats } = setUp({ create: 0 });
  await send({ ...mutation({ verb: "get" }), method: "GET" });
  await send(mutation({ verb: "create", group: "authorization.k8s.io", resource: "selfsubjectaccessreviews" }));
  expect(stats.mutations).toEqual({});
});

test("limits counts an object once for several patches, including its subresources", async () => {
  const { send, sent, stats } = setUp({ patch: 1 }, { answer: async () => answer("u1") });
  await send(patch());
  await send(patch("web", { subresource: "scale" }));
  await send(patch("web", { subresource: "status" }));
  await expect(send(patch("other"))).rejects.toMatchObject({ name: "LimitExceededError", max: 1 });
  expect(sent).toHaveLength(3);
  expect(stats.mutations).toEqual({ patch: { "deployments.apps": 3 } });
});

test("limits distinguishes the same name in different namespaces or resources", async () => {
  const { send } = setUp({ patch: 2 });
  await send(patch("web", { namespace: "a" }));
  await send(patch("web", { namespace: "b" }));
  await expect(send(patch("web", { namespace: "a", resource: "statefulsets" }))).rejects.toMatchObject({ max: 2 });
});

test("limits binds a call to the object that already counts if there is no room for another with its name", async () => {
  let uid = "u1";
  const other = new ApiError("conflict", {
    code: 409,
    reason: "Conflict",
    serverMessage: "Precondition failed: UID in precondition: u1, UID in object meta: u2",
  });
  const isHeld = ({ body }: KubeRequest) => JSON.stringify(body).includes("u1");
  const { send, sent, stops } = setUp(
    { patch: 2 },
    {
      answer: async (request) => {
        if (isHeld(request) && uid !== "u1") throw other;
        return answer(request.attributes?.name === "web" ? uid : "u3");
      },
    },
  );
  await send(patch());
  await send(patch());
  expect(sent.map(isHeld)).toEqual([false, false]);
  await send(patch("other"));
  await send(patch());
  expect(isHeld(sent[3] as KubeRequest)).toBe(true);
  uid = "u2";
  await expect(send(patch())).rejects.toMatchObject({ name: "LimitExceededError", max: 2 });
  expect(stops).toHaveLength(1);
});

test("limits counts a recreated object again if there is room", async () => {
  let uid = "u1";
  const { send } = setUp({ patch: 2 }, { answer: async () => answer(uid) });
  await send(patch());
  uid = "u2";
  await send(patch());
  await expect(send(patch("other"))).rejects.toMatchObject({ max: 2 });
});

test("limits allows two concurrent patches of one object, even if the first fails", async () => {
  let isFirst = true;
  const answers = async () => {
    const mine = isFirst;
    isFirst = false;
    await new Promise((resolve) => setImmediate(resolve));
    if (mine) throw new ApiError("conflict", { code: 409, reason: "Conflict" });
    return answer("u1");
  };
  const { send } = setUp({ patch: 1 }, { answer: answers });
  const results = await Promise.allSettled([send(patch()), send(patch()), send(patch())]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
});

test("limits does not wait forever if the object of the last call is unknown", async () => {
  const cut = new TransportError("cut", { code: "ECONNRESET", sent: true, outcomeUnknown: true });
  const { send } = setUp({ patch: 1 }, { answer: () => Promise.reject(cut) });
  await expect(send(patch())).rejects.toBe(cut);
  await expect(send(patch())).rejects.toMatchObject({ name: "LimitExceededError" });
});

test("limits counts an object that is slow to terminate once, and each recreated one", async () => {
  let uid = "u1";
  const { send } = setUp({ delete: 2 }, { answer: async () => answer(uid) });
  await send(mutation({}, "u1"));
  await send(mutation({}, "u1"));
  await send(mutation());
  uid = "u2";
  await send(mutation());
  await expect(send(mutation())).rejects.toMatchObject({ max: 2 });
});

test("limits counts each created object and each call through a proxy", async () => {
  const { send } = setUp({ create: 3 }, { answer: async () => answer("same") });
  await send(mutation({ verb: "create", resource: "secrets" }));
  await send(mutation({ verb: "create", resource: "secrets" }));
  await send(mutation({ verb: "create", resource: "services", subresource: "proxy" }));
  await expect(send(mutation({ verb: "create", resource: "services", subresource: "proxy" }))).rejects.toMatchObject({
    max: 3,
  });
});

test("limits stops a loop that keeps changing one object after ten calls per allowed object", async () => {
  const { send, sent } = setUp({ patch: 2 }, { answer: async () => answer("u1") });
  const loop = async () => {
    for (;;) await send(patch());
  };
  await expect(loop()).rejects.toThrow(
    "patch deployments.apps: the limit is 20 calls, ten for each object that limits.patch allows; the next call was not made",
  );
  expect(sent).toHaveLength(20);
});

test("limits counts on beyond a limit in a dry run, and reports the total", async () => {
  const { send, stops, ledger } = setUp({ delete: 2 }, { dryRun: true });
  for (const uid of ["u1", "u2"]) await send(mutation({}, uid));
  expect(ledger.crossed()).toBeUndefined();
  for (const uid of ["u2", "u3", "u4", "u5"]) await send(mutation({}, uid));
  expect(stops).toEqual([]);
  expect(ledger.crossed()).toMatchObject({
    name: "LimitExceededError",
    max: 2,
    message: "delete pods: 5 objects would be changed; the limit is 2 objects",
    hint: "check what would change; if it is right, raise limits.delete",
  });
});

test("limits stops a dry run ten thousand objects beyond a limit", async () => {
  const { send, sent, stops } = setUp({ create: 1 }, { dryRun: true });
  const flood = async () => {
    for (;;) await send(mutation({ verb: "create" }));
  };
  await expect(flood()).rejects.toThrow("create pods: more than 10001 objects would be changed; the limit is 1 object");
  expect(sent).toHaveLength(10_001);
  expect(stops).toHaveLength(1);
});

test("limits counts a repeated apply in a dry run once although the server returns a new uid each time", async () => {
  let made = 0;
  const { send, ledger } = setUp({ patch: 1 }, { dryRun: true, answer: async () => answer(`u${made++}`, 201) });
  await send(patch());
  await send(patch());
  expect(ledger.crossed()).toBeUndefined();
});

const uids = (from: number, to: number) => new Set(Array.from({ length: to - from }, (_, at) => `uid-${from + at}`));
const pods = { resource: "pods", basis: "listed", list: "all", isNarrowed: false } as const;

test("limits applies a share to the listed objects, each once, with the latest result of each list", async () => {
  const { send, ledger } = setUp({ delete: { max: 100, share: 0.25 } });
  ledger.listed({ ...pods, list: "one" }, uids(0, 20));
  ledger.listed({ ...pods, list: "one" }, uids(0, 4));
  ledger.listed({ ...pods, list: "other" }, uids(2, 8));
  ledger.listed({ ...pods, list: "both" }, uids(0, 8));
  ledger.listed({ ...pods, list: "both" }, uids(0, 8));
  await send(mutation());
  await send(mutation());
  await expect(send(mutation())).rejects.toThrow("2 objects, the share 0.25 of the 8 that the job listed");
});

test("limits notes that a share refers to lists with a selector", async () => {
  const { send, ledger } = setUp({ delete: { max: 100, share: 0.25 } });
  ledger.listed({ ...pods, isNarrowed: true }, uids(0, 4));
  await send(mutation());
  await expect(send(mutation())).rejects.toMatchObject({
    hint: expect.stringContaining('add of: "all" to limits.delete'),
  });
});

test("limits applies a share to all objects if configured", async () => {
  const { send, ledger } = setUp({ delete: { max: 100, share: 0.25, of: "all" } });
  expect(ledger.bases).toEqual(["all"]);
  ledger.listed({ ...pods, isNarrowed: true }, uids(0, 100));
  ledger.listed({ ...pods, basis: "all" }, uids(0, 8));
  await send(mutation());
  await send(mutation());
  await expect(send(mutation())).rejects.toMatchObject({
    message: expect.stringContaining("2 objects, the share 0.25 of the 8 that exist"),
    hint: "check what would change; if it is right, raise limits.delete",
  });
});

test("limits refuses a mutation with a share if its resource was not listed", async () => {
  const { send } = setUp({ delete: { max: 100, share: 0.5 } });
  await expect(send(mutation())).rejects.toMatchObject({ max: 0 });
});

test("limits keeps to the total if shares of several resources allow more", async () => {
  const { send, ledger } = setUp({ delete: { max: 3, share: 1 } });
  ledger.listed(pods, uids(0, 10));
  ledger.listed({ ...pods, resource: "secrets" }, uids(0, 10));
  await send(mutation());
  await send(mutation());
  await send(mutation({ resource: "secrets" }));
  await expect(send(mutation({ resource: "secrets" }))).rejects.toMatchObject({ max: 3 });
});
