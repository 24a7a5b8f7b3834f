import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { jobClient, podList } from "../server/job-client.ts";
import { json, startScriptedServer } from "../server/scripted-server.ts";
import { bookmark, ended, event, open } from "../server/watch-answers.ts";

const ACCESS = { pods: ["list", "watch"] } as const;

test.each([
  ["opens", open(event("ADDED", "a", "1"), bookmark("2", true))],
  ["is ended by its server again and again", ended(event("ADDED", "a", "1"), bookmark("2", true))],
  ["is silent", open()],
])(
  "a watch that %s leaves no connection, listener or later event if it aborts in any turn of the event loop [H20] [C6]",
  async (_what, answer) => {
    await using server = await startScriptedServer();
    const run = new AbortController();
    await using client = jobClient(server, ACCESS, {
      signal: run.signal,
      sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
    });
    server.otherwise((response, request, socket) =>
      (request.target.includes("watch=true") ? answer : json(200, podList([])))(response, request, socket),
    );
    for (let count = 0; count < 60; count += 1) {
      const { signal, abort } = abortable();
      let isAborted = false;
      const watching = (async () => {
        for await (const _event of client.kube.pods.watch({ signal })) expect(isAborted).toBe(false);
      })();
      for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
      isAborted = true;
      abort();
      await watching;
    }
    await expect.poll(() => server.open).toBe(0);
    expect(getEventListeners(run.signal, "abort")).toEqual([]);
  },
);

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error("enough")) };
}
