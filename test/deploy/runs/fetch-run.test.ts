import { describe, expect, it } from "vitest";
import { fetchRun } from "../../../deploy/runs/find-run.ts";
import { liveSource } from "../../../deploy/source/live-source.ts";
import type { JobEntry } from "../../../deploy/source/run-source.ts";
import { clientOver, type KubeClient } from "../../../runtime/kube/connected-client.ts";
import { type Answer, scriptedServer } from "../cluster/scripted-server.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { endedJob, eventFixture, jobFixture, podFixture, reportFixture, terminated } from "./history/run-fixture.ts";

const NOW = new Date("2026-03-01T10:50:00Z");

async function jobsOf(client: KubeClient, namespace: string | undefined): Promise<readonly JobEntry[]> {
  return (await liveSource({ client, context: "test" }, namespace, { clock: () => NOW }).jobs({})).entries;
}

describe("fetchRun", () => {
  it("reads the events of a pod that is gone, by the name that the Job controller gave it", async () => {
    const created = { ...eventFixture("SuccessfulCreate", "Created pod: sweep-kt2c4-0-gone"), type: "Normal" };
    const pulling = eventFixture("Failed", 'Failed to pull image "none"');
    const { send } = scriptedServer(({ path, query }): Answer => {
      const selector = query.find(([name]) => name === "fieldSelector")?.[1];
      if (path.endsWith("/pods")) return { body: { items: [] } };
      const ofPod = selector === "involvedObject.kind=Pod,involvedObject.name=sweep-kt2c4-0-gone";
      return { body: { items: ofPod ? [pulling] : [created] } };
    });
    const { events } = await fetchRun(
      clientOver(send, { namespace: "default" }),
      endedJob("Failed", "DeadlineExceeded"),
    );
    expect(events.map(({ reason }) => reason)).toEqual(["SuccessfulCreate", "Failed"]);
  });
});

describe("the live source's jobs", () => {
  /** Two jobs of one name in two namespaces; only one of them has a run. */
  function server() {
    const job = { ...endedJob("Complete"), metadata: { ...jobFixture().metadata, namespace: "shop" } };
    const pod = podFixture(terminated(0, { message: JSON.stringify(reportFixture("succeeded")) }));
    const labels = { ...pod.metadata.labels, "batch.kubernetes.io/job-name": job.metadata.name };
    const cronJob = cronJobFixture();
    const items: Readonly<Record<string, readonly object[]>> = {
      cronjobs: [cronJob, { ...cronJob, metadata: { ...cronJob.metadata, namespace: "bar" } }],
      jobs: [job],
      pods: [{ ...pod, metadata: { ...pod.metadata, labels } }],
    };
    return scriptedServer(({ path }) => ({ body: { items: items[path.slice(path.lastIndexOf("/") + 1)] ?? [] } }));
  }

  it("gives each job its own runs, by namespace and name, in three requests", async () => {
    const { send, requests } = server();
    const jobs = await jobsOf(clientOver(send, { namespace: "default" }), undefined);
    expect(jobs.map(({ namespace, lastRun }) => [namespace, lastRun?.run])).toEqual([
      ["bar", undefined],
      ["shop", "sweep-kt2c4"],
    ]);
    expect(requests.map(({ path }) => path).toSorted()).toEqual([
      "/api/v1/pods",
      "/apis/batch/v1/cronjobs",
      "/apis/batch/v1/jobs",
    ]);
  });

  it("takes in a job that Helm has installed, and leaves out what only looks like one, when it lists CronJobs", async () => {
    const [own, helm, other] = ["own", "helm", "other"].map((name) => {
      const { metadata, spec } = cronJobFixture();
      return { metadata: { ...metadata, name, labels: { ...metadata.labels } }, spec };
    });
    for (const each of [helm, other])
      Object.assign(each?.metadata.labels ?? {}, { "app.kubernetes.io/managed-by": "Helm" });
    const labels = { "app.kubernetes.io/managed-by": "errand" };
    const template = { ...helm?.spec.jobTemplate, metadata: { labels } };
    const items = [own, { ...helm, spec: { ...helm?.spec, jobTemplate: template } }, other];
    const { send, requests } = scriptedServer(({ path }) => ({
      body: { items: path.endsWith("/cronjobs") ? items : [] },
    }));
    const jobs = await jobsOf(clientOver(send, { namespace: "default" }), undefined);
    expect(jobs.map(({ job }) => job)).toEqual(["helm", "own"]);
    const query = requests.find(({ path }) => path.endsWith("/cronjobs"))?.query ?? [];
    expect(query).toContainEqual(["labelSelector", expect.stringContaining("managed-by in (errand,Helm)")]);
  });
});
