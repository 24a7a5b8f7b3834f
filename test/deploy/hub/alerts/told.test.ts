import { expect, it } from "vitest";
import { embeddedTarget } from "../../release/embedded-target.ts";
import { hubFolder } from "../hub-process.ts";
import { errandCronJob, runObjects } from "../watch/scripted-runs.ts";
import { Receiver } from "./receiver.ts";

/** A run's objects with every time in them moved to so many seconds from now. */
function runAt(seconds: number, ...[run, state]: Parameters<typeof runObjects>): ReturnType<typeof runObjects> {
  const time = new Date(Date.now() + seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  return JSON.parse(JSON.stringify(runObjects(run, state)).replaceAll(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, time));
}

it("the hub's process sends a webhook a failed run, and the success after it", async () => {
  const { cluster } = await embeddedTarget("shop");
  await using receiver = await Receiver.listen();
  cluster.applyObjects([errandCronJob()]);
  const { start } = await hubFolder(cluster);
  const hub = start({ channels: { ops: { kind: "webhook", url: receiver.url } }, alerts: { overdue: false } });
  await hub.ready;
  cluster.applyObjects(runAt(1, "sweep-1", "failed"));
  await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(1);
  cluster.applyObjects(runAt(60, "sweep-2", "succeeded"));
  await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(2);
  const [opened, resolved] = receiver.received.map(({ body }) => JSON.parse(body));
  expect([opened.event, resolved.event]).toEqual(["opened", "resolved"]);
  expect(opened.incident).toMatchObject({ namespace: "shop", job: "sweep", rule: "failures", run: "sweep-1" });
  expect(resolved.incident.id).toBe(opened.incident.id);
});
