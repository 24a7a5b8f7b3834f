import { describe, expect, it } from "vitest";
import type { Report } from "../../../runtime/run/report.ts";
import { createStatusApp } from "../../../runtime/status/app.ts";
import { isLoopback } from "../../../runtime/status/loopback.ts";
import { sampleReport } from "../run/sample-report.ts";

const { result, ...withoutResult } = sampleReport;
const running: Report = { ...withoutResult, outcome: "running" };

function ask(path: string, remoteAddress: string | undefined, report: Report = sampleReport) {
  return createStatusApp({ report: () => report }).fetch(new Request(`http://pod${path}`), { remoteAddress });
}

describe("createStatusApp", () => {
  it.each(["/healthz", "/readyz"])("answers 200 at %s when a kubelet asks from another address", async (path) => {
    expect((await ask(path, "10.88.0.1")).status).toBe(200);
  });

  it("gives the report so far at /status when the question comes over loopback", async () => {
    const answer = await ask("/status", "127.0.0.1", running);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toStrictEqual(running);
  });

  it("gives the result at /result when there is one, null included", async () => {
    expect(await (await ask("/result", "::1")).json()).toStrictEqual(result);
    expect(await (await ask("/result", "::1", { ...sampleReport, result: null })).json()).toBeNull();
  });

  it("answers 404 at /result when there is none yet", async () => {
    const answer = await ask("/result", "127.0.0.1", running);
    expect([answer.status, await answer.text()]).toStrictEqual([404, "there is no result yet\n"]);
  });

  it.each(["/status", "/result"])(
    "answers 403 and says what to do at %s when the question comes from elsewhere",
    async (path) => {
      for (const address of ["10.88.0.7", "fd00::7", "::ffff:10.88.0.7", undefined]) {
        const answer = await ask(path, address);
        expect(answer.status).toBe(403);
        expect(await answer.text()).toMatch(/^only loopback may read this: .*port-forward/);
      }
    },
  );

  it("names its paths when it is asked for another", async () => {
    const answer = await ask("/metrics", "127.0.0.1");
    expect([answer.status, await answer.text()]).toStrictEqual([404, "paths: /healthz /readyz /status /result\n"]);
  });
});

describe("isLoopback", () => {
  it.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("is true when the address is %s", (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(["10.0.0.1", "::ffff:10.0.0.1", "::", "fe80::1", "127.example.org", "1127.0.0.1", "", undefined])(
    "is false when the address is %s",
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});
