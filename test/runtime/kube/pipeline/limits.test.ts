import { expect, test } from "vitest";
import type { Limits } from "../../../../runtime/job/definition.ts";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import { TransportError } from "../../../../runtime/kube/errors/kube-error.ts";
import { LimitLedger } from "../../../../runtime/kube/pipeline/limit-ledger.ts";
import { limits } from "../../../../runtime/kube/pipeline/limits.ts";
import { StatsRecorder } from "../../../../runtime/kube/pipeline/stats.ts";
import type { KubeRequest, KubeResponse, ResourceAttributes } from "../../../../runtime/kube/requests/request.ts";

const OK = { status: 200, headers: {} } as KubeResponse;

function mutation(more: Partial<ResourceAttributes> = {}, count = 1): KubeRequest {
  const attributes = { verb: "delete", group: "", version: "v1", resource: "pods", name: "p", ...more } as const;
  return {
    method: attributes.verb === "delete" ? "DELETE" : "POST",
    path: "/",
    query: [],
    headers: {},
    attributes,
    count,
  };
}

function setUp(bounds: Limits, answer: (request: KubeRequest) => Promise<KubeResponse> = async () => OK) {
  const stats = new StatsRecorder();
  const crossed: Error[] = [];
  const ledger = new LimitLedger(bounds, (error) => crossed.push(error));
  let sent = 0;
  const send = limits(
    ledger,
    stats,
  )((request) => {
    sent += 1;
    return answer(request);
  });
  return { stats, crossed, ledger, send, sent: () => sent };
}

test("limits refuses the mutation that crosses the maximum, without sending it, and says so once", async () => {
  const { send, sent, crossed, stats } = setUp({ delete: 2 });
  await send(mutation());
  await send(mutation());
  await expect(send(mutation())).rejects.toMatchObject({ name: "LimitExceededError", verb: "delete", max: 2 });
  await expect(send(mutation())).rejects.toMatchObject({ name: "LimitExceededError" });
  expect(sent()).toBe(2);
  expect(crossed).toHaveLength(1);
  expect(stats.mutations).toEqual({ delete: { pods: 2 } });
});

test("limits lets exactly the maximum succeed when many run at once and some fail", async () => {
  let turn = 0;
  const { send, stats } = setUp({ delete: 5 }, async () => {
    const mine = turn++;
    await new Promise((resolve) => setImmediate(resolve));
    if (mine % 2 === 0) throw new ApiError("gone", { code: 404, reason: "NotFound" });
    return OK;
  });
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => send(mutation())));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  expect(stats.mutations).toEqual({ delete: { pods: 5 } });
});

test.each([
  ["the connection was cut", new TransportError("cut", { code: "ECONNRESET", sent: true, outcomeUnknown: true })],
  ["the server ran out of time", new ApiError("timeout", { code: 504, reason: "Timeout", outcomeUnknown: true })],
])("limits counts a mutation as made when its outcome is unknown because %s", async (_why, error) => {
  const { send, stats } = setUp({ delete: 1 }, async () => {
    throw error;
  });
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

test("limits bounds a collection's deletion by the number of its objects, under delete when nothing else is said", async () => {
  const { send } = setUp({ delete: 10 });
  await send(mutation({ verb: "deletecollection" }, 8));
  await expect(send(mutation({ verb: "deletecollection" }, 3))).rejects.toMatchObject({ max: 10 });
});

test("limits counts each verb by itself and names the group of a resource", async () => {
  const { send, stats } = setUp({ delete: 1 });
  await send(mutation());
  await send(mutation({ verb: "create", group: "apps", resource: "deployments" }));
  expect(stats.mutations).toEqual({ delete: { pods: 1 }, create: { "deployments.apps": 1 } });
});

test("limits does not count reads and questions about the caller itself", async () => {
  const { send, stats } = setUp({ create: 0 });
  await send({ ...mutation({ verb: "get" }), method: "GET" });
  await send(mutation({ verb: "create", group: "authorization.k8s.io", resource: "selfsubjectaccessreviews" }));
  expect(stats.mutations).toEqual({});
});

const uids = (from: number, to: number) => new Set(Array.from({ length: to - from }, (_, at) => `uid-${from + at}`));

test("limits bounds a share of the objects that were listed, each object once and each list as it was last", async () => {
  const { send, ledger } = setUp({ delete: { max: 100, share: 0.25 } });
  ledger.listed("pods", "one", uids(0, 20));
  ledger.listed("pods", "one", uids(0, 4));
  ledger.listed("pods", "other", uids(2, 8));
  ledger.listed("pods", "both", uids(0, 8));
  ledger.listed("pods", "both", uids(0, 8));
  await send(mutation());
  await send(mutation());
  await expect(send(mutation())).rejects.toThrow("the share 0.25 of the 8 that were listed");
});

test("limits refuses a mutation by share when nothing of its resource was listed", async () => {
  const { send } = setUp({ delete: { max: 100, share: 0.5 } });
  await expect(send(mutation())).rejects.toMatchObject({ max: 0 });
});

test("limits keeps to the total when shares of several resources would allow more", async () => {
  const { send, ledger } = setUp({ delete: { max: 3, share: 1 } });
  ledger.listed("pods", "all", uids(0, 10));
  ledger.listed("secrets", "all", uids(0, 10));
  await send(mutation());
  await send(mutation());
  await send(mutation({ resource: "secrets" }));
  await expect(send(mutation({ resource: "secrets" }))).rejects.toMatchObject({ max: 3 });
});
