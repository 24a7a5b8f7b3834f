import fc from "fast-check";
import { expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import type { PreparedJob } from "../../../deploy/project/prepare.ts";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import { changeOf, tryManifests } from "../../../deploy/release/try-manifests.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import type { KubeRequest, Send } from "../../../runtime/kube/requests/request.ts";
import { embeddedTarget, preparedJob, revisionOf } from "./embedded-target.ts";

const OPTIONS = { dryRun: false, force: false };
const WITH_RIGHTS: JobSettings = { access: { pods: ["list"] }, schedule: "@daily" };
const WITHOUT_RIGHTS: JobSettings = { access: {}, schedule: "@hourly" };
const first = preparedJob("sweep", WITH_RIGHTS, "a".repeat(10));
const second = preparedJob("sweep", WITHOUT_RIGHTS, "b".repeat(10));

/** Of a revision, what the cluster does not have as it was rendered; its record apart, which has a time. */
async function missingOf(target: Parameters<typeof deployJobs>[0], job: PreparedJob): Promise<string[]> {
  const manifests = renderManifests({ ...job, namespace: target.namespace });
  const others = manifests.filter(({ kind }) => kind !== "ConfigMap");
  const tried = await tryManifests(target.client, others, false);
  return tried
    .map((each) => changeOf(each, each.after))
    .filter(({ change }) => change !== "unchanged")
    .map(({ object }) => object.kind);
}

/** Lets the scheduler choose which request is next. It must not see errors: it would take them for its own. */
function scheduled(scheduler: fc.Scheduler, send: Send): Send {
  const settle = scheduler.scheduleFunction(async (request: KubeRequest) => {
    const [settled] = await Promise.allSettled([send(request)]);
    return settled;
  });
  return async (request) => {
    const settled = await settle(request);
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  };
}

it("deployJobs leaves one complete revision, or reports that it was overtaken, when two deploys of a job run at once", async () => {
  const { targetIn } = await embeddedTarget();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, again) => {
      number += 1;
      const namespace = `team-${number}`;
      const calm = targetIn(namespace);
      await calm.client.kube.namespaces.create({ metadata: { name: namespace } });
      await deployJobs(calm, [again ? first : second], OPTIONS);
      const target = targetIn(namespace, (send) => scheduled(scheduler, send));
      const ends = Promise.allSettled([deployJobs(target, [first], OPTIONS), deployJobs(target, [second], OPTIONS)]);
      await scheduler.waitFor(ends);
      const revision = await revisionOf(calm.client, namespace, "sweep");
      const winner = revision === first.bundle.hash ? first : second;
      const [ofFirst, ofSecond] = await ends;
      const loser = winner === first ? ofSecond : ofFirst;
      if (loser.status === "rejected") expect(String(loser.reason.message)).toMatch(/at the same time|keeps changing/);
      if ((await missingOf(calm, winner)).length > 0) expect(loser.status).toBe("rejected");
      await deployJobs(calm, [winner], OPTIONS);
      expect(await missingOf(calm, winner)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

it("deployJobs succeeds twice when two deploys of the same revision run at once", async () => {
  const { targetIn } = await embeddedTarget("team-a");
  const target = targetIn("team-a");
  await Promise.all([deployJobs(target, [first], OPTIONS), deployJobs(target, [first], OPTIONS)]);
  expect(await missingOf(target, first)).toEqual([]);
});
