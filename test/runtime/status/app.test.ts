import { describe, expect, it } from "vitest";
import type { Report } from "../../../runtime/run/report/report.ts";
import { type Connection, createStatusApp, isOverLoopback, type StatusSource } from "../../../runtime/status/app.ts";
import { sampleReport } from "../run/report/sample-report.ts";

const { result, ...withoutResult } = sampleReport;
const running: Report = { ...withoutResult, outcome: "running" };

const LOOPBACK: Connection = { localAddress: "127.0.0.1", remoteAddress: "127.0.0.1" };
const STRANGER: Connection = { localAddress: "10.88.0.2", remoteAddress: "10.88.0.7" };

function ask(path: string, connection: Connection, more: Partial<StatusSource> = {}, init: RequestInit = {}) {
  const app = createStatusApp({ report: () => sampleReport, ...more });
  return app.fetch(new Request(`http://pod${path}`, init), connection);
}

const metrics = async (accept: string) => ({ contentType: "text/plain", text: `errand_run_info 1 ${accept}\n` });

describe("createStatusApp", () => {
  it.each(["/healthz", "/readyz"])("answers 200 at %s over loopback", async (path) => {
    expect((await ask(path, LOOPBACK)).status).toBe(200);
  });

  it("returns the report so far at /status over loopback", async () => {
    const answer = await ask("/status", LOOPBACK, { report: () => running });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toStrictEqual(running);
  });

  it("returns the result at /result, even null", async () => {
    expect(await (await ask("/result", LOOPBACK)).json()).toStrictEqual(result);
    expect(
      await (await ask("/result", LOOPBACK, { report: () => ({ ...sampleReport, result: null }) })).json(),
    ).toBeNull();
  });

  it("answers 404 at /result before there is a result", async () => {
    const answer = await ask("/result", LOOPBACK, { report: () => running });
    expect([answer.status, await answer.text()]).toStrictEqual([404, "there is no result yet\n"]);
  });

  it.each(["/status", "/result", "/healthz", "/metrics", "/none", "/"])(
    "answers 403 with a hint at %s for other clients",
    async (path) => {
      const answer = await ask(path, STRANGER);
      expect(answer.status).toBe(403);
      expect(await answer.text()).toMatch(/^only loopback may read this: .*port-forward/);
    },
  );

  it("serves only metrics to other clients, if enabled", async () => {
    const headers = { accept: "application/openmetrics-text" };
    const answer = await ask("/metrics?x", STRANGER, { metrics }, { headers });
    expect(await answer.text()).toBe("errand_run_info 1 application/openmetrics-text\n");
    expect((await ask("/metrics", STRANGER, { metrics }, { method: "HEAD" })).status).toBe(200);
    for (const path of ["/status", "/result", "/healthz", "/metrics/", "/metrics/../status", "//metrics", "/Metrics"]) {
      expect((await ask(path, STRANGER, { metrics })).status, path).toBe(403);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await ask("/metrics", STRANGER, { metrics }, { method })).status, method).toBe(403);
    }
  });

  it("lists its paths at an unknown path", async () => {
    const answer = await ask("/metrics", LOOPBACK);
    expect([answer.status, await answer.text()]).toStrictEqual([404, "paths: /healthz /readyz /status /result\n"]);
    const opened = await ask("/none", LOOPBACK, { metrics });
    expect(await opened.text()).toBe("paths: /healthz /readyz /status /result /metrics\n");
  });
});

describe("isOverLoopback", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["::ffff:127.0.0.1", "::ffff:127.0.0.1"],
  ])("is true for %s with client %s", (localAddress, remoteAddress) => {
    expect(isOverLoopback({ localAddress, remoteAddress })).toBe(true);
  });

  it.each([
    ["127.0.0.1", "127.0.0.6"], // a mesh's proxy, for somebody elsewhere
    ["::1", "::6"],
    ["10.88.0.2", "127.0.0.6"],
    ["10.88.0.2", "127.0.0.1"],
    ["127.0.0.2", "127.0.0.1"],
    ["127.0.0.1", "10.88.0.7"], // routed there by a node's neighbour
    ["10.88.0.2", "10.88.0.2"],
    ["::ffff:10.88.0.2", "::ffff:10.88.0.7"],
    ["fd00::2", "fd00::7"],
    ["127.0.0.1", undefined],
    [undefined, "127.0.0.1"],
    ["127.0.0.1", "127.0.0.1.example.org"],
    ["", ""],
  ])("is false for %s with client %s", (localAddress, remoteAddress) => {
    expect(isOverLoopback({ localAddress, remoteAddress })).toBe(false);
  });
});
