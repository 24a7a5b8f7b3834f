import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobPage, RunDetail, RunPage } from "../../../deploy/source/run-source.ts";
import { type DemoDashboard, NAMESPACE, startDemoDashboard } from "./demo-dashboard.ts";

let demo: DemoDashboard;
beforeAll(async () => {
  demo = await startDemoDashboard();
});
afterAll(() => demo[Symbol.asyncDispose]());

async function page(path: string): Promise<string> {
  const response = await demo.app.request(path, { headers: { accept: "text/html" } });
  return await response.text();
}

async function json<T>(path: string): Promise<T> {
  const response = await demo.app.request(path, { headers: { accept: "application/json" } });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

async function runOf(outcome: string): Promise<string> {
  const { entries } = await json<RunPage>(`/runs?outcome=${outcome}`);
  return `/runs/${NAMESPACE}/${entries[0]?.run}`;
}

describe("the jobs page", () => {
  it("shows overall health first, and problems before everything else", async () => {
    const text = await page("/jobs");
    expect(text).toContain("12 jobs in team-a. Three need attention.");
    expect(text.indexOf("cert-expiry")).toBeLessThan(text.indexOf("pod-cleanup"));
    expect(text).toContain("Due at 06:00, but not started.");
    expect(text).toContain("Ran out of memory 3 times in a row. Last succeeded 3 h 40 min ago.");
  });

  it("is one response of less than 60 KB without further resources", async () => {
    const text = await page("/jobs");
    expect(Buffer.byteLength(text)).toBeLessThan(60_000);
    expect(text.match(/(?:src|href)="(?!\/|#|data:,)[^"]*"/g)).toBeNull();
  });

  it.each([
    ["state=attention", ["cert-expiry", "event-archive", "registry-mirror"]],
    ["state=paused", ["secret-rotate"]],
    ["q=PREVIEW", ["preview-teardown"]],
    ["q=nothing+has+this", []],
  ])("shows the selection in its address: %s", async (query, expected) => {
    const { entries } = await json<JobPage>(`/jobs?${query}`);
    expect(entries.map(({ job }) => job)).toEqual(expected);
  });

  it("offers a way back if nothing matches", async () => {
    expect(await page("/jobs?q=nothing")).toContain('No job matches. <a href="/jobs">Show all jobs</a>');
  });

  it("escapes text written by others", async () => {
    expect(await page("/jobs")).not.toContain("<script>alert");
    expect(await page("/jobs/team-a/cert-expiry")).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });
});

describe("a job's page", () => {
  it("lists its runs, with counts of each outcome that match the filter", async () => {
    const text = await page("/jobs/team-a/pod-cleanup");
    const { runs } = await json<{ runs: RunPage }>("/jobs/team-a/pod-cleanup");
    expect(runs.outcomes).toEqual({ succeeded: 56, limited: 1, failed: 1, cancelled: 1, evicted: 1 });
    expect(text).toContain('Succeeded <span class="n">56</span>');
    expect(text).toContain("214 pods would be deleted, but the limit is 200");
  });

  it.each([
    ["outcome=limited&outcome=failed", 2],
    ["param=olderThan%3D1h", 60],
    ["param=olderThan%3D2h", 0],
    ["hide=recovered", 56],
    ["trigger=hand", 0],
    ["since=24h&outcome=succeeded", 56],
    ["outcome=no-such-outcome", 60],
  ])("filters runs by its address: %s", async (query, expected) => {
    const { runs } = await json<{ runs: RunPage }>(`/jobs/team-a/pod-cleanup?${query}`);
    expect(runs.total).toBe(expected);
  });
});

describe("the runs page", () => {
  it("leads through all of them, each once, page by page", async () => {
    const seen: string[] = [];
    let path: string | undefined = "/runs";
    while (path !== undefined) {
      const { entries, after }: RunPage = await json<RunPage>(path);
      seen.push(...entries.map(({ run }) => run));
      expect(entries.length).toBeLessThanOrEqual(50);
      path = after === undefined ? undefined : `/runs?after=${encodeURIComponent(after)}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe((await json<RunPage>("/runs")).total);
    expect(seen.length).toBeGreaterThan(200);
  });
});

describe("a run's page", () => {
  it("starts a failed run with the error, the evidence and what to do", async () => {
    const text = await page(await runOf("outOfMemory"));
    expect(text).toContain("It ran out of memory (limit 256Mi).");
    expect(text).toContain("Raise <code>resources.limits.memory</code> in the job file");
    expect(text).toContain("42 %");
    expect(text.indexOf("Next step")).toBeLessThan(text.indexOf("Timeline"));
  });

  it("has the timeline in order", async () => {
    const { timeline } = await json<RunDetail>(await runOf("succeeded"));
    expect(timeline.map(({ step }) => step)).toEqual(["Scheduled", "Pod", "Start", "Run", "End"]);
    const times = timeline.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
  });

  it("keeps the line numbers of the log when filtered by level", async () => {
    const path = await runOf("limited");
    const text = await page(`${path}?level=error`);
    expect(text).toContain('id="L14"');
    expect(text).not.toContain('id="L1"');
    expect(await (await demo.app.request(`${path}/log.txt`)).text()).toMatch(/^\{"time".*"kind":"Report".*\}\n$/s);
  });

  it("explains that there is no log because the pod is gone", async () => {
    const path = await runOf("killed");
    const name = (await json<RunDetail>(path)).attempts[0]?.pod ?? "";
    await demo.connected.client.kube.inNamespace(NAMESPACE).pods.delete(name);
    await expect.poll(() => page(path)).toContain("Log not kept: the pod of run");
  });

  it("offers a tabular result as JSON, CSV and Markdown", async () => {
    const { runs } = await json<{ runs: RunPage }>("/jobs/team-a/stale-restart");
    const base = `/runs/${NAMESPACE}/${runs.entries[0]?.run}`;
    expect(await json(`${base}/result.json`)).toHaveLength(2);
    expect(await (await demo.app.request(`${base}/result.csv`)).text()).toBe(
      "deployment,pods,ageDays\r\nbilling-api,4,35\r\ncheckout,6,42\r\n",
    );
    expect(await (await demo.app.request(`${base}/result.md`)).text()).toContain("| billing-api | 4 | 35 |");
  });
});

describe("the comparison of two runs", () => {
  it("compares a failed run with the last successful one by default", async () => {
    const path = await runOf("outOfMemory");
    const text = await page(`/compare?b=${path.replace("/runs/", "")}`);
    const rows = text.slice(text.indexOf("<tbody>"));
    expect(rows.indexOf("Succeeded")).toBeLessThan(rows.indexOf("Out of memory"));
    expect(text).toContain("Compare two runs");
    expect(text).not.toContain(">Revision<");
    expect(await page(`/compare?show=all&b=${path.replace("/runs/", "")}`)).toContain(">Revision<");
  });

  it("is a 404 if there is no earlier run", async () => {
    const { runs } = await json<{ runs: RunPage }>("/jobs/team-a/stale-restart");
    const oldest = runs.entries.at(-1)?.run;
    const response = await demo.app.request(`/compare?b=${NAMESPACE}/${oldest}`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(`A good run before ${oldest} is not there`);
  });
});

describe("every page", () => {
  it.each(["/jobs", "/runs", "/jobs/team-a/pod-cleanup"])("allows only the scripts of %s", async (path) => {
    const response = await demo.app.request(path);
    const text = await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    const hashOf = (pattern: RegExp) =>
      createHash("sha256")
        .update(pattern.exec(text)?.[1] ?? "")
        .digest("base64");
    expect(policy).toContain(`style-src 'sha256-${hashOf(/<style>(.*?)<\/style>/s)}'`);
    expect(policy).toContain(`script-src 'sha256-${hashOf(/<script>(.*?)<\/script>/s)}'`);
    expect(policy).not.toContain("unsafe");
    expect(text).not.toMatch(/ style="| on\w+="/);
  });

  it("is JSON at the address in its footer", async () => {
    const text = await page("/jobs?q=pod");
    const address = /href="([^"]*)">This page as JSON/.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect((await demo.app.request(address)).headers.get("content-type")).toContain("application/json");
  });

  it.each(["/jobs/team-a/no-such-job", "/runs/team-a/no-such-run", "/no-such-page"])(
    "is a helpful 404 if nothing exists at %s",
    async (path) => {
      const response = await demo.app.request(path);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain("is not there");
    },
  );
});
