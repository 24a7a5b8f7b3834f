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
  it.each(["/healthz", "/readyz"])("answers 200 at %s when the question comes over loopback", async (path) => {
    expect((await ask(path, LOOPBACK)).status).toBe(200);
  });

  it("gives the report so far at /status when the question comes over loopback", async () => {
    const answer = await ask("/status", LOOPBACK, { report: () => running });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toStrictEqual(running);
  });

  it("gives the result at /result when there is one, null included", async () => {
    expect(await (await ask("/result", LOOPBACK)).json()).toStrictEqual(result);
    expect(
      await (await ask("/result", LOOPBACK, { report: () => ({ ...sampleReport, result: null }) })).json(),
    ).toBeNull();
  });

  it("answers 404 at /result when there is none yet", async () => {
    const answer = await ask("/result", LOOPBACK, { report: () => running });
    expect([answer.status, await answer.text()]).toStrictEqual([404, "there is no result yet\n"]);
  });

  it.each(["/status", "/result", "/healthz", "/metrics", "/none", "/"])(
    "answers a stranger with 403 at %s, and says what to do",
    async (path) => {
      const answer = await ask(path, STRANGER);
      expect(answer.status).toBe(403);
      expect(await answer.text()).toMatch(/^only loopback may read this: .*port-forward/);
    },
  );

  it("gives a stranger the metrics, and nothing else, when they are open", async () => {
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

  it("names its paths when it is asked for another", async () => {
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
  ])("is true when %s is asked by %s", (localAddress, remoteAddress) => {
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
  ])("is false when %s is asked by %s", (localAddress, remoteAddress) => {
    expect(isOverLoopback({ localAddress, remoteAddress })).toBe(false);
  });
});
