import { expect, it, onTestFinished } from "vitest";
import type { IncidentPage } from "../../../deploy/source/incidents.ts";
import { errand as errandIn } from "../../support/errand.ts";
import { Receiver } from "../hub/alerts/receiver.ts";
import { reachedHub } from "../hub/reached-hub.ts";
import { errandCronJob, runObjects } from "../hub/watch/scripted-runs.ts";

/** A run that has just ended: of an old one the hub tells nobody. */
function failedRun(run: string) {
  const now = new Date(Date.now() + 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  return JSON.parse(JSON.stringify(runObjects(run, "failed")).replaceAll(/2026-03-01T10:00:\d\dZ/g, now));
}

it("errand hub alerts lists what is wrong and what did not arrive, and sends it again", {
  timeout: 30_000,
}, async () => {
  const ops = await Receiver.listen();
  onTestFinished(() => ops[Symbol.asyncDispose]());
  ops.answers = [{ status: 400 }];
  const { cluster, place } = await reachedHub({ channels: { ops: { kind: "webhook", url: ops.url } } });
  const alerts = (...words: readonly string[]) => errandIn(["hub", "alerts", ...words], place);
  const page = async () => JSON.parse((await alerts("-o", "json")).stdout) as IncidentPage;

  expect(await alerts()).toEqual({ code: 0, stdout: "Nothing is wrong.\n", stderr: "" });

  cluster.applyObjects([errandCronJob(), ...failedRun("sweep-abcde")]);
  await expect.poll(async () => (await page()).undelivered, { timeout: 15_000, interval: 200 }).toHaveLength(1);
  const { open, undelivered } = await page();
  expect(open).toMatchObject([{ namespace: "shop", job: "sweep", rule: "failures", run: "sweep-abcde" }]);
  const [{ id } = { id: "" }] = undelivered;
  const told = await alerts();
  expect(told.stdout).toMatch(/^JOB +RULE +SINCE +WHAT IS WRONG\nshop\/sweep +failures +\S+ ago +Failed/);
  expect(told.stdout).toMatch(new RegExp(`\n\nNOT DELIVERED +CHANNEL +STATE +WHY\n${id} +ops +dead +.*400`));
  expect(told.stderr).toBe("To send one again: errand hub alerts --resend ID\n");

  expect(await alerts("--resend", id)).toMatchObject({ code: 0, stdout: expect.stringMatching(id) });
  const states = async () => (await page()).open[0]?.messages.map(({ state }) => state);
  await expect.poll(states, { timeout: 15_000, interval: 200 }).toEqual(["sent"]);
  expect((await page()).undelivered).toEqual([]);
  expect(ops.ids).toEqual([id, id]);
  expect(await alerts("--resend", id)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(`No message ${id} waits to be sent\n.*errand hub alerts lists them`),
  });
});

it("errand hub alerts says that nobody is told where there is no channel", { timeout: 30_000 }, async () => {
  const { place } = await reachedHub();
  const { stderr } = await errandIn(["hub", "alerts"], place);
  expect(stderr).toBe("Nobody is told: errand.config.ts had no hub.channels when the hub was installed.\n");
});
