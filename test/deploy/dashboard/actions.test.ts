import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dashboard } from "../../../deploy/dashboard/app.tsx";
import { type DemoCluster, startDemoCluster } from "../../../deploy/embedded/demo-cluster.ts";
import { liveActions } from "../../../deploy/source/actions.ts";
import { liveSource } from "../../../deploy/source/live-source.ts";
import type { JobDetail, JobPage, RunDetail, RunPage } from "../../../deploy/source/run-source.ts";

const NAMESPACE = "team-a";

let demo: DemoCluster;
let app: ReturnType<typeof dashboard>;

beforeAll(async () => {
  demo = await startDemoCluster(NAMESPACE);
  const source = liveSource(demo.connected, NAMESPACE);
  app = dashboard(source, { actions: liveActions(demo.connected, source) });
});
afterAll(() => demo[Symbol.asyncDispose]());

async function page(path: string): Promise<string> {
  return await (await app.request(path)).text();
}

async function json<T>(path: string): Promise<T> {
  return (await (await app.request(path, { headers: { accept: "application/json" } })).json()) as T;
}

/** Sends a form as a browser would that has loaded the page at `from`. */
async function send(from: string, fields: readonly (readonly [string, string])[], to = from): Promise<Response> {
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page(from))?.[1] ?? "";
  const body = new URLSearchParams([["csrf", csrf], ...fields.map(([name, value]) => [name, value])]);
  return await app.request(to, { method: "POST", body });
}

describe("running a job from its page", () => {
  const form = `/jobs/${NAMESPACE}/pod-cleanup/trigger`;
  // The job allows one run at a time.
  beforeEach(async () => {
    const active = async () => (await json<{ job: JobDetail }>(`/jobs/${NAMESPACE}/pod-cleanup`)).job.active;
    await expect.poll(active).toEqual([]);
  });

  it("plans first, shows the changes, and applies the plan", async () => {
    const planned = await send(form, [
      ["p.remove", "evicted"],
      ["list.remove", "1"],
      ["p.olderThan", "1h"],
    ]);
    expect(planned.status).toBe(303);
    const address = planned.headers.get("location") ?? "";
    await expect.poll(() => page(address)).toMatch(/Delete these \d+ pods/);
    const text = await page(address);
    expect(text).toContain("reindex-search");
    const applied = await send(
      address,
      [["run", new URLSearchParams(address.split("?")[1]).get("plan") ?? ""]],
      `/jobs/${NAMESPACE}/pod-cleanup/apply`,
    );
    expect(applied.status).toBe(303);
    const run = applied.headers.get("location") ?? "";
    await expect.poll(async () => (await json<RunDetail>(run)).record.phase).toBe("finished");
    const { record } = await json<RunDetail>(run);
    expect(record.report, JSON.stringify(record.report.error)).toMatchObject({
      outcome: "succeeded",
      dryRun: false,
      params: { remove: ["evicted"] },
    });
    const left: string[] = [];
    for await (const { metadata } of demo.connected.client.kube.inNamespace(NAMESPACE).pods.list())
      left.push(metadata.name);
    expect(left).not.toContain("reindex-search");
  });

  it("starts nothing, keeps the input, and marks the field if a value is invalid", async () => {
    const before = (await json<RunPage>("/runs")).total;
    const refused = await send(form, [
      ["p.max", "nonsense"],
      ["p.olderThan", "2d"],
    ]);
    expect(refused.status).toBe(422);
    const text = await refused.text();
    expect(text).toContain("Nothing was started.");
    expect(text).toMatch(/<input[^>]*name="p.max"[^>]*value="nonsense"[^>]*aria-invalid="true"/);
    expect(text).toMatch(/<input[^>]*name="p.olderThan"[^>]*value="2d"/);
    expect((await json<RunPage>("/runs")).total).toBe(before);
  });

  it("prefills the parameters of an earlier run", async () => {
    const { runs } = await json<{ runs: RunPage }>(`/jobs/${NAMESPACE}/pod-cleanup?outcome=limited`);
    expect(await page(`${form}?from=${runs.entries[0]?.run}`)).toMatch(/name="p.olderThan"[^>]*value="1h"/);
  });

  it("accepts all parameters as JSON, and reports invalid JSON", async () => {
    const broken = await send(`${form}?raw=`, [["raw", '{"olderThan":']], form);
    expect(broken.status).toBe(422);
    expect(await broken.text()).toContain("The parameters are not JSON");
    const list = await send(`${form}?raw=`, [["raw", "[1]"]], form);
    expect(await list.text()).toContain("must be a JSON object");
    expect((await send(`${form}?raw=`, [["raw", '{"olderThan":"3h"}']], form)).status).toBe(303);
  });
});

describe("pausing a job from its page", () => {
  it("asks for confirmation, stops the schedule, and resumes it", async () => {
    const path = `/jobs/${NAMESPACE}/node-pressure`;
    const state = async () => (await json<{ job: JobDetail }>(path)).job.state;
    expect(await page(`${path}/pause`)).toContain("Active runs go on");
    expect((await send(`${path}/pause`, [])).headers.get("location")).toBe(path);
    expect(await state()).toBe("paused");
    expect(await page(path)).toContain("Resume…");
    await send(`${path}/resume`, []);
    expect(await state()).toBe("scheduled");
  });

  it("explains that there is no schedule to pause", async () => {
    const response = await send(`/jobs/${NAMESPACE}/inventory/pause`, []);
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("has no schedule");
  });
});

describe("an action", () => {
  it.each(["trigger", "apply", "pause", "resume"])("is refused without the page's token: %s", async (act) => {
    const before = await json<JobPage>("/jobs");
    const path = `/jobs/${NAMESPACE}/node-pressure/${act}`;
    for (const body of [new URLSearchParams(), new URLSearchParams({ csrf: "guessed" })]) {
      expect((await app.request(path, { method: "POST", body })).status).toBe(403);
    }
    const after = await json<JobPage>("/jobs");
    expect(after.entries.map(({ state }) => state)).toEqual(before.entries.map(({ state }) => state));
  });

  it("does not exist on read-only pages", async () => {
    const reading = dashboard(liveSource(demo.connected, NAMESPACE));
    const path = `/jobs/${NAMESPACE}/node-pressure`;
    expect(await (await reading.request(path)).text()).not.toMatch(/Run…|Pause…/);
    expect((await reading.request(`${path}/pause`, { method: "POST", body: new URLSearchParams() })).status).toBe(404);
  });

  it("is shown disabled, with the missing right, if RBAC would refuse it", async () => {
    const source = liveSource(demo.connected, NAMESPACE);
    const actions = {
      ...liveActions(demo.connected, source),
      missing: async () => ({ trigger: "It needs create on jobs.batch in team-a." }),
    };
    const text = await (await dashboard(source, { actions }).request(`/jobs/${NAMESPACE}/node-pressure`)).text();
    expect(text).toContain("It needs create on jobs.batch in team-a.");
    expect(text).toMatch(/<button[^>]*aria-disabled="true"[^>]*>Run…/);
    expect(text).toContain("Pause…");
  });
});
