import { describe, expect, it } from "vitest";
import { PendingFaults } from "../../../../runtime/embedded/faults/faults.ts";
import { readRequestInfo } from "../../../../runtime/embedded/verbs/request-info.ts";
import { CONFIG_MAPS, call, configMap, startCluster } from "../cluster-setup.ts";

const LIST = { method: "GET", path: CONFIG_MAPS } as const;

describe("a fault", () => {
  it("throttles like API Priority and Fairness, the configured number of times", async () => {
    const cluster = await startCluster({ faults: [{ effect: { kind: "throttle", retryAfterSeconds: 2 }, times: 2 }] });
    const answers = [await call(cluster, LIST), await call(cluster, LIST), await call(cluster, LIST)];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers[0]?.headers).toMatchObject({ "retry-after": "2", "content-type": "text/plain; charset=utf-8" });
    expect(answers[0]?.headers).toHaveProperty("x-kubernetes-pf-flowschema-uid");
  });

  it("answers a Status with its code", async () => {
    const cluster = await startCluster({ faults: [{ effect: { kind: "status", code: 503, retryAfterSeconds: 1 } }] });
    const answer = await call(cluster, LIST);
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("1");
    expect(answer.body).toMatchObject({ kind: "Status", reason: "ServiceUnavailable", code: 503 });
  });

  it("resets the connection", async () => {
    const cluster = await startCluster({ faults: [{ effect: { kind: "reset" } }] });
    await expect(call(cluster, LIST)).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect((await call(cluster, LIST)).status).toBe(200);
  });

  it("expires tokens: only a new one is accepted", async () => {
    const cluster = await startCluster();
    const token = cluster.createServiceAccountToken("default", "default");
    expect((await call(cluster, { method: "GET", path: "/api" }, token)).status).toBe(200);
    cluster.faults.add({ effect: { kind: "expireTokens" } });
    expect((await call(cluster, { method: "GET", path: "/api" }, token)).status).toBe(401);
    const renewed = cluster.createServiceAccountToken("default", "default");
    expect((await call(cluster, { method: "GET", path: "/api" }, renewed)).status).toBe(200);
  });

  it("expires the pages of a list, which continues with the token in the answer", async () => {
    const cluster = await startCluster();
    cluster.applyObjects(["a", "b", "c", "d"].map((name) => configMap(name)));
    const { body: first } = await call(cluster, { method: "GET", path: `${CONFIG_MAPS}?limit=2` });
    cluster.faults.add({ effect: { kind: "compact" } });
    cluster.applyObjects([configMap("bb"), configMap("e")]);
    const path = `${CONFIG_MAPS}?limit=5&continue=`;
    const gone = await call(cluster, { method: "GET", path: path + first.metadata.continue });
    expect(gone.body).toMatchObject({ code: 410, reason: "Expired" });
    const { body: rest } = await call(cluster, { method: "GET", path: path + gone.body.metadata.continue });
    const names = rest.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(names).toEqual(["bb", "c", "d", "e", "kube-root-ca.crt"]);
  });
});

describe("PendingFaults", () => {
  const list = readRequestInfo("GET", "/api/v1/pods", new URLSearchParams());
  const version = readRequestInfo("GET", "/version", new URLSearchParams());
  const effect = { kind: "reset" } as const;

  it("applies a fault only to requests with its verb and resource", () => {
    const faults = new PendingFaults([{ effect, verb: "list", resource: "pods" }]);
    expect(faults.take(version)).toBeUndefined();
    expect(faults.take(readRequestInfo("GET", "/api/v1/nodes", new URLSearchParams()))).toBeUndefined();
    expect(faults.take(list)).toBe(effect);
    expect(faults.take(list)).toBeUndefined();
  });

  it("skips the configured number of requests", () => {
    const faults = new PendingFaults([{ effect, after: 2 }]);
    expect([faults.take(list), faults.take(version), faults.take(list), faults.take(list)]).toEqual([
      undefined,
      undefined,
      effect,
      undefined,
    ]);
  });
});
