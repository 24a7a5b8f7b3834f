import { describe, expect, it, onTestFinished } from "vitest";
import { JobsWatch } from "../../../deploy/runs/jobs-watch.ts";
import { apiErrorOf } from "../../../runtime/kube/pipeline/answers.ts";
import type { KubeRequest, Send } from "../../../runtime/kube/requests/request.ts";
import type { KubeObject } from "../../../runtime/kube/surface/objects.ts";
import { FORBIDDEN } from "../cluster/scripted-server.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { embeddedTarget } from "../release/embedded-target.ts";
import { jobFixture, podFixture, reportFixture, terminated } from "./history/run-fixture.ts";

const WATCHES = ["/api/v1/pods?watch", "/apis/batch/v1/cronjobs?watch", "/apis/batch/v1/jobs?watch"];
const LISTS = ["/api/v1/pods", "/apis/batch/v1/cronjobs", "/apis/batch/v1/jobs"];

function isWatch({ query }: KubeRequest): boolean {
  return query.some(([name]) => name === "watch");
}

/** A deployed job, its run and the run's pod in a cluster of their own, and whoever looks at them. */
async function looking(refuse: (request: KubeRequest) => boolean = () => false) {
  const { cluster, targetIn } = await embeddedTarget("shop");
  const asked: string[] = [];
  const through = (send: Send): Send => {
    return async (request) => {
      asked.push(`${request.path}${isWatch(request) ? "?watch" : ""}`);
      if (!refuse(request)) return await send(request);
      const body = { async *[Symbol.asyncIterator]() {}, text: async () => "", dump: async () => {} };
      throw apiErrorOf(request, { status: 403, headers: {}, body }, JSON.stringify(FORBIDDEN.body));
    };
  };
  const { metadata, ...rest } = cronJobFixture();
  const labels = { ...jobFixture().metadata.labels, "app.kubernetes.io/component": "job" };
  const cronJob = { ...rest, metadata: { ...metadata, namespace: "shop", labels } };
  const apply = (...objects: readonly KubeObject[]) => cluster.applyObjects(objects);
  apply(cronJob);
  const watch = new JobsWatch(targetIn("shop", through).client, {
    namespace: undefined,
    lookMs: 20,
    onInterruption: () => true,
  });
  onTestFinished(() => watch[Symbol.dispose]());
  const outcomes = async () => {
    const jobs = await watch.look();
    return jobs.map(({ cronJob: { metadata: of }, runs }) => [of.name, ...runs.map(({ record }) => record.phase)]);
  };
  return { asked, apply, watch, outcomes };
}

/** With the labels by which errand finds its pods. */
function podOf(state: Parameters<typeof podFixture>[0]) {
  const isRunning = state !== undefined && "running" in state;
  const pod = podFixture(state, isRunning ? { status: { phase: "Running" } } : {});
  return { ...pod, metadata: { ...pod.metadata, labels: { ...jobFixture().metadata.labels, ...pod.metadata.labels } } };
}

const succeeded = terminated(0, { message: JSON.stringify(reportFixture("succeeded")) });

describe("JobsWatch", () => {
  it("asks for three watches and for nothing else while runs begin and end", async () => {
    const { asked, apply, outcomes } = await looking();
    expect(await outcomes()).toEqual([["sweep"]]);
    apply(jobFixture(), podOf({ running: {} }));
    await expect.poll(outcomes).toEqual([["sweep", "running"]]);
    apply(podOf(succeeded));
    await expect.poll(outcomes).toEqual([["sweep", "finished"]]);
    expect(asked.toSorted()).toEqual(WATCHES);
  });

  it("asks for a waiting run's events once, and not at each look", async () => {
    const { asked, apply, outcomes } = await looking();
    apply(jobFixture(), podOf({ waiting: { reason: "ContainerCreating", message: "" } }));
    await expect.poll(outcomes).toEqual([["sweep", "waiting"]]);
    await outcomes();
    await outcomes();
    const events = asked.filter((each) => !WATCHES.includes(each));
    expect(events).toEqual(["/api/v1/namespaces/shop/events", "/api/v1/namespaces/shop/events"]);
  });

  it.each(["pods", "jobs", "cronjobs"])(
    "lists all of it at each look where %s may not be watched",
    async (resource) => {
      const { asked, apply, watch, outcomes } = await looking(
        (request) => isWatch(request) && request.path.endsWith(`/${resource}`),
      );
      expect(await outcomes()).toEqual([["sweep"]]);
      expect(asked.toSorted()).toEqual([...LISTS, ...WATCHES].toSorted());
      asked.length = 0;
      apply(jobFixture(), podOf({ running: {} }));
      await watch.change(new AbortController().signal);
      expect(await outcomes()).toEqual([["sweep", "running"]]);
      expect(asked.toSorted()).toEqual(LISTS);
    },
  );
});
