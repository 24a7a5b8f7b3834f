import { expect, it, onTestFinished, vi } from "vitest";
import type { AlertTest } from "../../../deploy/hub/install/test-alert.ts";
import { runJob } from "../../../runtime/embedded/controllers/jobs.ts";
import type { EmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { JOBS, PODS } from "../../../runtime/embedded/objects/resource-table.ts";
import { errand, startErrand } from "../../support/errand.ts";
import { Receiver } from "../hub/alerts/receiver.ts";
import { reachedHub } from "../hub/reached-hub.ts";

const CRON_JOBS = { group: "batch", resource: "cronjobs" };

async function receiver(): Promise<Receiver> {
  const made = await Receiver.listen();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const events = ({ received }: Receiver) => received.map(({ body }) => JSON.parse(body).event as string);

/** Waits for the run of the test, and lets it run. */
async function runTest(cluster: EmbeddedCluster): Promise<string> {
  const name = await vi.waitUntil(() => cluster.store.all(JOBS, "shop")[0]?.metadata.name, { timeout: 10_000 });
  const { exitCode } = await runJob(cluster, "shop", name);
  expect(exitCode).toBe(1);
  return name;
}

/** What the test has made and not removed. */
const left = ({ store }: EmbeddedCluster) =>
  [CRON_JOBS, JOBS, PODS]
    .flatMap((info) => store.all(info, "shop"))
    .filter(({ metadata }) => metadata.name !== "errand-hub");

it("errand hub test-alert shows what came out at each channel, and leaves nothing behind", {
  timeout: 60_000,
}, async () => {
  const [ops, shut] = [await receiver(), await receiver()];
  shut.answers = [{ status: 403 }];
  const { cluster, place } = await reachedHub({
    // What is usual does not matter to the test.
    ...{ alerts: false, allCronJobs: false },
    channels: { ops: { kind: "webhook", url: ops.url }, shut: { kind: "webhook", url: shut.url } },
  });
  const tested = errand(["hub", "test-alert", "-o", "json"], place);
  const run = await runTest(cluster);
  const { code, stdout, stderr } = await tested;
  const test = JSON.parse(stdout) as AlertTest;
  expect(test).toMatchObject({
    ...{ namespace: "shop", run, words: expect.stringMatching(/^Ended with an unknown outcome/) },
    channels: [
      { channel: "ops", opened: "sent", resolved: "sent" },
      { channel: "shut", opened: "dead", resolved: "none", problem: expect.stringMatching("403") },
    ],
  });
  expect(events(ops)).toEqual(["opened", "resolved"]);
  expect(JSON.parse(ops.received[0]?.body ?? "").incident).toMatchObject({ job: test.job, run });
  expect(stderr).toMatch(/will fail on purpose\nThe hub says: .*\nIts job is removed\n/);
  expect(code).toBe(1);
  expect(stderr).toMatch('"Not everything arrived at shut"');
  await expect.poll(() => left(cluster)).toEqual([]);
});

it("errand hub test-alert removes its job at Ctrl-C", { timeout: 60_000 }, async () => {
  const ops = await receiver();
  const { cluster, place } = await reachedHub({ channels: { ops: { kind: "webhook", url: ops.url } } });
  const command = startErrand(["hub", "test-alert"], place);
  await vi.waitUntil(() => cluster.store.all(JOBS, "shop").length > 0, { timeout: 20_000 });
  command.child.kill("SIGINT");
  const { code, stderr } = await command.ended;
  expect(stderr).toMatch("Stopped testing");
  expect(code).toBe(130);
  await expect.poll(() => left(cluster)).toEqual([]);
  expect(ops.received).toEqual([]);
});

it("errand hub test-alert makes nothing where nobody would be told", { timeout: 30_000 }, async () => {
  const { cluster, place } = await reachedHub();
  const { code, stderr } = await errand(["hub", "test-alert"], place);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/The hub has no channels.*\n.*hub\.channels in errand\.config\.ts/),
  });
  expect(cluster.audit.events.filter(({ verb, resource }) => verb === "create" && /jobs$/.test(resource))).toEqual([]);
});
