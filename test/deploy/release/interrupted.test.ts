import { expect, it } from "vitest";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import type { Send } from "../../../runtime/kube/requests/request.ts";
import { embeddedTarget, preparedJob, stateOf } from "./embedded-target.ts";

const OPTIONS = { dryRun: false, force: false };
const WIDE: JobSettings = { access: { pods: ["list"] }, scope: "cluster", schedule: "@daily" };
const NARROW: JobSettings = { access: { configmaps: ["get"] }, scope: { namespaces: ["team-b"] }, schedule: "@hourly" };
const before = preparedJob("sweep", WIDE, "a".repeat(10));
const after = preparedJob("sweep", NARROW, "b".repeat(10));
const FIRST_DEPLOY = { earlier: [], wanted: [after, preparedJob("other", { access: {} })] };
const LATER_DEPLOY = { earlier: [before], wanted: [after] };

/** Lets so many requests out and no more, and waits for no answer after the last: what a process does that is killed there. */
function killedAfter(count: number) {
  let sent = 0;
  let kill = () => {};
  const killed = new Promise<void>((resolve) => {
    kill = resolve;
  });
  const through = (send: Send): Send => {
    return async (request) => {
      sent += 1;
      if (sent > count) return await new Promise(() => {});
      if (sent < count) return await send(request);
      await Promise.allSettled([send(request)]);
      kill();
      return await new Promise(() => {});
    };
  };
  return { through, killed, sent: () => sent };
}

it.each([
  ["nothing was there", FIRST_DEPLOY],
  ["an earlier revision had wider rights", LATER_DEPLOY],
])(
  "deployJobs completes a deploy that was killed after any request when %s",
  async (_case, { earlier, wanted }) => {
    const { cluster, targetIn } = await embeddedTarget("team-b");
    const begin = async (namespace: string) => {
      cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
      await deployJobs(targetIn(namespace), earlier, OPTIONS);
    };
    const counting = killedAfter(Number.POSITIVE_INFINITY);
    await begin("a-whole");
    await deployJobs(targetIn("a-whole", counting.through), wanted, OPTIONS);
    const expected = await stateOf(targetIn("a-whole"), "sweep");
    expect(expected.length).toBeGreaterThan(4);
    expect(counting.sent()).toBeGreaterThan(20);
    for (let count = 1; count <= counting.sent(); count += 1) {
      const namespace = `a-killed-${count}`;
      await begin(namespace);
      const { through, killed } = killedAfter(count);
      await Promise.race([killed, deployJobs(targetIn(namespace, through), wanted, OPTIONS)]);
      await deployJobs(targetIn(namespace), wanted, OPTIONS);
      expect(await stateOf(targetIn(namespace), "sweep"), namespace).toEqual(expected);
    }
  },
  120_000,
);
