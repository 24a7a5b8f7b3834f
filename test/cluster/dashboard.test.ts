import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Cluster } from "../../deploy/cluster/connect.ts";
import { dashboard } from "../../deploy/dashboard/app.tsx";
import { connect } from "../../deploy/project/load-config.ts";
import { liveActions } from "../../deploy/source/actions.ts";
import { liveSource } from "../../deploy/source/live-source.ts";
import type { JobPage, RunDetail } from "../../deploy/source/run-source.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndGo, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

const access = inject("cluster");
let namespace: TestNamespace;
let cluster: Cluster;
let app: ReturnType<typeof dashboard>;

beforeAll(async () => {
  namespace = await TestNamespace.create(access, "dashboard");
  cluster = await connect({ kubeconfig: access.kubeconfig, namespace: namespace.name });
  const source = liveSource(cluster, namespace.name);
  app = dashboard(source, { actions: liveActions(cluster, source) });
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await namespace?.delete();
});

const page = async (path: string) => await (await app.request(path)).text();

async function json<T>(path: string): Promise<T> {
  return (await (await app.request(path, { headers: { accept: "application/json" } })).json()) as T;
}

/** Sends a form as a browser would that has loaded the page at `from`. */
async function send(from: string, fields: Readonly<Record<string, string>> = {}, to = from): Promise<string> {
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page(from))?.[1] ?? "";
  const response = await app.request(to, { method: "POST", body: new URLSearchParams({ csrf, ...fields }) });
  expect(response.status, await response.clone().text()).toBe(303);
  return response.headers.get("location") ?? "";
}

it("plans a run, shows what it would delete, and applies that plan", async () => {
  await deploy(namespace, "tidies-config-maps");
  for (const name of ["stale-a", "stale-b"]) {
    await namespace.kubectl.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: namespace.name, labels: { tidy: "away" } },
    });
  }
  const planned = await send(`/jobs/${namespace.name}/tidies-config-maps/trigger`);
  await until("the plan is shown", async () => (await page(planned)).includes("Delete these 2 configmaps"));
  const plan = new URLSearchParams(planned.split("?")[1]).get("plan") ?? "";
  const run = await send(planned, { run: plan }, `/jobs/${namespace.name}/tidies-config-maps/apply`);
  await until("the run has ended", async () => (await json<RunDetail>(run)).record.phase === "finished");
  const { record, timeline } = await json<RunDetail>(run);
  expect(record.report, JSON.stringify(record.report.error)).toMatchObject({
    outcome: "succeeded",
    mutations: { delete: { configmaps: 2 } },
  });
  expect(timeline.map(({ step }) => step)).toEqual(expect.arrayContaining(["Triggered", "Pod", "Start", "Run", "End"]));
  expect(await page(run)).toMatch(/Succeeded in [\d.]+ s\./);
});

it("shows the progress of a run from its pod, and cancels it", async () => {
  await deploy(namespace, "waits");
  await namespace.kubectl.text(["create", "configmap", "victim"]);
  const name = await triggerAndGo(namespace, "waits");
  const path = `/runs/${namespace.name}/${name}`;
  await until("the run is shown as running", async () => (await json<RunDetail>(path)).record.phase === "running");
  expect(await page(path)).toMatch(/Running for .*Cancel run…/s);
  expect(await send(`${path}/cancel`)).toBe(path);
  expect(await page(path)).toContain("Was cancelled after");
});

it("shows a job with a failed run first, and explains the failure", async () => {
  await deploy(namespace, "throws");
  const { report } = await triggerAndWait(namespace, "throws");
  const jobs = await json<JobPage>("/jobs");
  expect(jobs.entries[0]).toMatchObject({ job: "throws", attention: "failing" });
  expect(await page(`/runs/${namespace.name}/${report.run.id}`)).toContain("Next step");
});

it("disables an action that RBAC would refuse, and names the missing right", async () => {
  await deploy(namespace, "needs-nothing");
  const account = `system:serviceaccount:${namespace.name}:default`;
  await namespace.kubectl.text(["create", "rolebinding", "reads", "--clusterrole=view", `--user=${account}`]);
  const reader: Cluster = { ...cluster, client: cluster.client.as({ user: account }) };
  const source = liveSource(reader, namespace.name);
  const reading = dashboard(source, { actions: liveActions(reader, source) });
  await until("the reader may read", async () => (await reading.request("/jobs")).status === 200);
  const text = await (await reading.request(`/jobs/${namespace.name}/needs-nothing`)).text();
  expect(text).toContain(`It needs create on jobs.batch in ${namespace.name}.`);
  expect(text).toMatch(/<button[^>]*aria-disabled="true"[^>]*>Run…/);
});
