import { expect, it, onTestFinished } from "vitest";
import { openArchive } from "../../../../deploy/hub/archive/archive.ts";
import { keepBeating } from "../../../../deploy/hub/watch/heartbeat.ts";
import { TransportError } from "../../../../runtime/kube/errors/kube-error.ts";
import type { Send } from "../../../../runtime/kube/requests/request.ts";
import { embeddedTarget } from "../../release/embedded-target.ts";

const START = Date.UTC(2026, 10, 30, 12);
const seconds = (time: Date) => (time.getTime() - START) / 1_000;

/** A hub that came before `START`, by so many seconds, and then asks every 30 s an API server that answers as it is told. */
async function gapsWith(answers: readonly boolean[], { awaySeconds = 0 } = {}) {
  const { targetIn } = await embeddedTarget("shop");
  const stop = new AbortController();
  let asked = 0;
  const through = (send: Send): Send => {
    return async (request) => {
      const isAnswered = answers[asked];
      asked += 1;
      if (isAnswered === undefined) stop.abort();
      if (isAnswered) return await send(request);
      throw new TransportError("no answer", { code: "ECONNREFUSED", sent: false, outcomeUnknown: false });
    };
  };
  const now = () => new Date(START + (asked === 0 ? -awaySeconds : (asked - 1) * 30) * 1_000);
  const archive = openArchive(":memory:", { now });
  onTestFinished(() => archive[Symbol.dispose]());
  const { client } = targetIn("shop", through);
  await keepBeating(client, archive, { namespace: "shop", now, everyMs: 1, signal: stop.signal });
  return archive.gaps().map(({ from, to, why }) => [seconds(from), seconds(to), why]);
}

it("records no gap while the hub sees the cluster, despite single failures", async () => {
  expect(await gapsWith([true, true, false, true], { awaySeconds: 20 })).toEqual([]);
});

it("records the time in which the hub was not running", async () => {
  expect(await gapsWith([true, true], { awaySeconds: 3_600 })).toEqual([[-3_600, 0, "The hub was not running"]]);
});

it("records the time in which the API server did not answer", async () => {
  expect(await gapsWith([true, false, false, false, true, true])).toEqual([
    [0, 120, "The hub could not reach the API server"],
  ]);
});
