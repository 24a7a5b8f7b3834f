import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Report } from "../../../runtime/run/report/report.ts";
import { isOverLoopback } from "../../../runtime/status/app.ts";
import type { Connection } from "../../../runtime/status/source.ts";
import { sampleReport } from "../run/report/sample-report.ts";
import { ask, LOOPBACK, sampleSource } from "./status-source.ts";

const { result, ...withoutResult } = sampleReport;
const running: Report = { ...withoutResult, outcome: "running" };

const STRANGER: Connection = { localAddress: "10.88.0.2", remoteAddress: "10.88.0.7", host: "10.88.0.2:8080" };
const open = sampleSource({ openAddresses: ["10.88.0.2", "fd00::2"] });

const JSON_TYPE = "application/json";
/** As Chromium writes it. */
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

async function problemOf(answer: Response): Promise<{ readonly status: number; readonly detail: string }> {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const body = (await answer.json()) as { status: number; title: string; type: string; detail: string };
  expect(body).toMatchObject({ type: "about:blank", status: answer.status, title: expect.stringMatching(/./) });
  return body;
}

describe("createStatusApp", () => {
  it.each(["/healthz", "/readyz"])("answers 200 at %s over loopback", async (path) => {
    expect((await ask(path)).status).toBe(200);
  });

  it("returns the report so far at /status over loopback", async () => {
    const answer = await ask("/status", {}, sampleSource({ report: () => running }));
    expect(answer.headers.get("content-type")).toBe(JSON_TYPE);
    expect(await answer.json()).toStrictEqual(running);
  });

  it("returns the result at /result, even null", async () => {
    expect(await (await ask("/result")).json()).toStrictEqual(result);
    const none = sampleSource({ report: () => ({ ...sampleReport, result: null }) });
    expect(await (await ask("/result", {}, none)).json()).toBeNull();
  });

  it("answers 404 at /result before there is a result", async () => {
    const answer = await ask("/result", {}, sampleSource({ report: () => running }));
    expect(await problemOf(answer)).toMatchObject({ status: 404, detail: "The run has not returned anything" });
  });

  it.each([
    ["/", JSON_TYPE, JSON_TYPE],
    ["/", BROWSER, "text/html"],
    ["/", "text/plain", "text/plain"],
    ["/", "*/*", "text/plain"],
    ["/", "text/html;q=0.1, application/json;q=0.9", JSON_TYPE],
    ["/?format=json", BROWSER, JSON_TYPE],
    ["/status", BROWSER, "text/html"],
    ["/status", "text/plain", "text/plain"],
    ["/status", "*/*", JSON_TYPE],
    ["/status", "application/json;q=0, text/plain", "text/plain"],
    ["/result", BROWSER, "text/html"],
    ["/result", "text/plain", "text/plain"],
    ["/result", "", JSON_TYPE],
    ["/logs", "*/*", "text/plain"],
    ["/logs", BROWSER, "text/plain"],
    ["/logs", JSON_TYPE, JSON_TYPE],
  ])("answers %s, accepting %s, with %s", async (path, accept, type) => {
    const answer = await ask(path, { accept });
    expect(answer.headers.get("content-type")?.split(";")[0]?.toLowerCase()).toBe(type);
    expect(answer.status).toBe(200);
  });

  it("shows the run's page with its log to a browser", async () => {
    const text = await (await ask("/", { accept: BROWSER })).text();
    expect(text).toContain("<!doctype html>");
    expect(text).toContain("&lt;b&gt;slow&lt;/b&gt;");
    expect(text).not.toContain("<b>slow</b>");
    expect(text).toContain(`<bdi>${sampleReport.run.id}</bdi>`);
    // Nothing of the dashboard's that a pod does not have.
    expect([...text.matchAll(/href="(\/[^"]*)"/g)].map(([, path]) => path?.split(/[?#]/)[0])).toEqual(
      expect.not.arrayContaining(["/jobs", "/runs"]),
    );
    for (const [, path = ""] of text.matchAll(/href="(\/[^"]*)"/g)) expect((await ask(path)).status, path).toBe(200);
  });

  it("keeps a page live while its run goes on", async () => {
    const page = async (report: Report) =>
      await (await ask("/", { accept: BROWSER }, sampleSource({ report: () => report }))).text();
    expect(await page(running)).toContain('data-live-from="/events?last=page"');
    expect(await page(sampleReport)).not.toContain("data-live-from=");
  });

  it("sums up the run in a few lines for a terminal", async () => {
    const text = await (await ask("/")).text();
    expect(text).toMatch(new RegExp(`^${sampleReport.run.id} +succeeded +[\\d.]+ s\n`));
    expect(text.split("\n").length).toBeLessThan(10);
  });

  it("returns the newest log lines with the number of the first", async () => {
    const whole = await ask("/logs");
    expect(whole.headers.get("errand-first-line")).toBe("1");
    expect((await whole.text()).split("\n")).toEqual([expect.any(String), expect.any(String), "printed", ""]);
    expect(await (await ask("/logs?after=2", { accept: JSON_TYPE })).json()).toEqual({ first: 3, lines: ["printed"] });
  });

  it.each(["/status", "/result", "/logs", "/events", "/healthz", "/metrics", "/openapi.json", "/none", "/"])(
    "answers 403 with a hint at %s for other clients",
    async (path) => {
      const { status, detail } = await problemOf(await ask(path, {}, sampleSource(), STRANGER));
      expect([status, detail]).toEqual([403, expect.stringMatching(/^Only loopback may read this: .*port-forward/)]);
    },
  );

  it("serves only metrics to other clients, if enabled", async () => {
    const answer = await ask("/metrics?x", { accept: "application/openmetrics-text" }, open, STRANGER);
    expect(await answer.text()).toMatch(/^# TYPE errand_run_info gauge[\s\S]*# EOF\n$/);
    expect((await ask("/metrics", { method: "HEAD" }, open, STRANGER)).status).toBe(200);
    const others = ["/", "/status", "/result", "/logs", "/events", "/healthz", "/openapi.json"];
    for (const path of [...others, "/metrics/", "/metrics/../status", "//metrics", "/Metrics"]) {
      expect((await ask(path, {}, open, STRANGER)).status, path).toBe(403);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await ask("/metrics", { method }, open, STRANGER)).status, method).toBe(403);
    }
  });

  it("serves metrics over loopback, enabled or not", async () => {
    expect(await (await ask("/metrics")).text()).toContain("errand_run_duration_seconds");
  });

  it("lists its paths at an unknown path", async () => {
    const { status, detail } = await problemOf(await ask("/none"));
    expect([status, detail]).toEqual([
      404,
      "Paths: / /status /result /logs /events /metrics /openapi.json /healthz /readyz",
    ]);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "answers 405 to %s and lists the allowed methods",
    async (method) => {
      const answer = await ask("/status", { method });
      expect(answer.headers.get("allow")).toBe("GET, HEAD");
      expect((await problemOf(answer)).status).toBe(405);
    },
  );

  it.each(["localhost:8080", "localhost", "LOCALHOST:1", "127.0.0.1:45678", "[::1]:8080", "127.0.0.1"])(
    "answers to the host %s of a port-forward",
    async (host) => {
      expect((await ask("/status", {}, sampleSource(), { ...LOOPBACK, host })).status).toBe(200);
    },
  );

  it.each([
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.88.0.2",
    "",
    undefined,
  ])("answers 421 to the host %s, which DNS rebinding could point here", async (host) => {
    const connection = { ...LOOPBACK, host };
    for (const path of ["/", "/status", "/metrics"]) {
      expect((await problemOf(await ask(path, {}, open, connection))).status).toBe(421);
    }
  });

  it.each([
    ["10.88.0.2:8080", 200],
    ["[fd00::2]:8080", 200],
    ["evil.example:8080", 421],
    ["localhost:8080", 421],
  ])("answers another client that asks for metrics of host %s with %i", async (host, status) => {
    expect((await ask("/metrics", {}, open, { ...STRANGER, host })).status).toBe(status);
  });

  it.each(["/", "/status", "/result", "/logs", "/metrics", "/openapi.json", "/healthz", "/none"])(
    "lets no other origin read %s and no browser run anything in it",
    async (path) => {
      const { headers } = await ask(path, { headers: { origin: "https://evil.example" }, accept: BROWSER });
      expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "content-security-policy": expect.stringMatching(/^default-src 'none'(?!.*unsafe).*frame-ancestors 'none'$/),
      });
    },
  );

  it("allows a page only its own script and style sheet", async () => {
    const answer = await ask("/", { accept: BROWSER });
    const text = await answer.text();
    for (const [tag, directive] of [
      ["script", "script-src"],
      ["style", "style-src"],
    ]) {
      const [, contents = ""] = new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(text) ?? [];
      const hash = createHash("sha256").update(contents).digest("base64");
      expect(answer.headers.get("content-security-policy")).toContain(`${directive} 'sha256-${hash}'`);
    }
    expect(text).not.toMatch(/ style=| on\w+=/);
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
    ["127.0.0.1", "127.0.0.6"], // a service mesh's proxy, for a remote client
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
