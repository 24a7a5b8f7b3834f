import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { WatchEvent } from "../../../../runtime/kube/surface/call-results.ts";
import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";
import { readLines } from "../../../../runtime/kube/values/lines.ts";
import { jobClient, podList } from "../server/job-client.ts";
import { json, reset, type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";
import { bookmark, cut, ended, event, open } from "../server/watch-answers.ts";

const ACCESS = { pods: ["list", "watch"] } as const;

/** `ADDED web@7`, `SYNCED`. */
function words(events: readonly WatchEvent<KubeObject>[]): string[] {
  return events.map((one) =>
    one.type === "SYNCED"
      ? one.type
      : `${one.type} ${one.object.metadata?.name}@${one.object.metadata?.resourceVersion}`,
  );
}

/** The first events of a watch, up to a number. */
async function first(events: AsyncIterable<WatchEvent<KubeObject>>, count: number): Promise<string[]> {
  const taken: WatchEvent<KubeObject>[] = [];
  for await (const one of events) {
    taken.push(one);
    if (taken.length === count) break;
  }
  return words(taken);
}

function query(server: ScriptedServer, index: number): Record<string, string> {
  return Object.fromEntries(new URL(server.requests[index]?.target ?? "", "https://localhost").searchParams.entries());
}

test("watch streams the existing objects first, and reports when they are complete [H17] [H7] [H6]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    open(event("ADDED", "b", "9"), event("ADDED", "a", "3"), bookmark("10", true), event("MODIFIED", "a", "11")),
  );
  expect(await first(client.kube.pods.watch({ labelSelector: "app=web" }), 4)).toEqual([
    "ADDED b@9",
    "ADDED a@3",
    "SYNCED",
    "MODIFIED a@11",
  ]);
  expect(query(server, 0)).toEqual({
    labelSelector: "app=web",
    watch: "true",
    allowWatchBookmarks: "true",
    timeoutSeconds: expect.stringMatching(/^(1[89]|2[0-3])\d$/),
    sendInitialEvents: "true",
    resourceVersionMatch: "NotOlderThan",
  });
});

test("watch resumes from the last bookmark when the server ends it, without repeating an event [H6] [H10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    ended(event("ADDED", "a", "3"), bookmark("10", true), bookmark("20")),
    ended(event("MODIFIED", "a", "21")),
    open(event("MODIFIED", "a", "21"), event("DELETED", "a", "22")),
  );
  expect(await first(client.kube.pods.watch(), 4)).toEqual(["ADDED a@3", "SYNCED", "MODIFIED a@21", "DELETED a@22"]);
  expect([query(server, 1).resourceVersion, query(server, 2).resourceVersion]).toEqual(["20", "21"]);
});

test("watch resumes where it was if its connection breaks in the middle of an event [H2] [H10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(cut(bookmark("10", true), event("ADDED", "a", "11")), open(event("ADDED", "b", "12")));
  expect(await first(client.kube.pods.watch(), 3)).toEqual(["SYNCED", "ADDED a@11", "ADDED b@12"]);
  expect(query(server, 1).resourceVersion).toBe("11");
});

test("watch lists again if the initial events were cut off, without repeating them [H16] [H17]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    cut(event("ADDED", "a", "9"), event("ADDED", "b", "3")),
    open(event("ADDED", "a", "9"), event("ADDED", "c", "4"), bookmark("10", true)),
  );
  expect(await first(client.kube.pods.watch(), 5)).toEqual([
    "ADDED a@9",
    "ADDED b@3",
    "ADDED c@4",
    "DELETED b@3",
    "SYNCED",
  ]);
  expect(query(server, 1)).not.toHaveProperty("resourceVersion");
});

test.each([
  ["an answer", status(410, "Expired", "too old")],
  ["an event", ended({ type: "ERROR", object: { kind: "Status", status: "Failure", code: 410, reason: "Gone" } })],
])("watch lists again if its version is too old, reported in %s [H12] [H13] [H21]", async (_what, tooOld) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    ended(
      event("ADDED", "a", "1"),
      event("ADDED", "b", "2"),
      event("ADDED", "c", "3"),
      event("ADDED", "d", "4"),
      bookmark("5", true),
    ),
    tooOld,
    open(
      event("ADDED", "a", "1"),
      event("ADDED", "b", "20"),
      event("ADDED", "c", "21", { uid: "another" }),
      bookmark("30", true),
      event("ADDED", "e", "31"),
    ),
  );
  expect((await first(client.kube.pods.watch(), 10)).slice(5)).toEqual([
    "MODIFIED b@20",
    "DELETED c@3",
    "ADDED c@21",
    "DELETED d@4",
    "ADDED e@31",
  ]);
  expect(query(server, 1)).not.toHaveProperty("sendInitialEvents");
  expect(query(server, 2)).toMatchObject({
    resourceVersion: "5",
    resourceVersionMatch: "NotOlderThan",
    sendInitialEvents: "true",
  });
});

test.each([
  [true, { phase: "Running" }],
  [false, undefined],
])(
  "watch returns the last state of objects deleted during a gap with keepObjects: %s [H13]",
  async (keepObjects, lastStatus) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.answer(
      ended(event("ADDED", "a", "1"), event("ADDED", "b", "2"), bookmark("5", true)),
      ended(event("MODIFIED", "b", "6", { phase: "Running" })),
      status(410, "Expired", "too old"),
      open(event("ADDED", "a", "1"), bookmark("30", true)),
    );
    for await (const told of client.kube.pods.watch({ keepObjects })) {
      if (told.type !== "DELETED") continue;
      expect(told.object).toMatchObject({ kind: "Pod", metadata: { name: "b", resourceVersion: "6" } });
      expect(told.object.status).toEqual(lastStatus);
      break;
    }
    expect(query(server, 0)).not.toHaveProperty("keepObjects");
  },
);

const TOO_LARGE = status(504, "Timeout", "Timeout: Too large resource version: 5, current: 2", {
  details: { retryAfterSeconds: 1, causes: [{ reason: "ResourceVersionTooLarge" }] },
});

test.each([
  ["is too old itself", false, status(410, "Expired", "too old")],
  ["is newer than what the server has", false, TOO_LARGE],
  ["is too old itself", true, status(410, "Expired", "too old")],
  ["is newer than what the server has", true, TOO_LARGE],
])(
  "watch lists no older than before, and anything if that version %s, streamed: %s [H13] [E7]",
  async (_what, sendInitialEvents, refused) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    const answers = {
      there: [ended(event("ADDED", "a", "7"), bookmark("5", true))],
      again: [open(event("ADDED", "a", "7"), event("ADDED", "b", "7"), bookmark("9", true))],
    };
    if (!sendInitialEvents) {
      answers.there = [json(200, podList(["a"], { resourceVersion: "5" })), ended(bookmark("5"))];
      answers.again = [json(200, podList(["a", "b"], { resourceVersion: "9" })), open()];
    }
    server.answer(...answers.there, status(410, "Expired", "too old"), refused, reset, ...answers.again);
    expect(await first(client.kube.pods.watch({ sendInitialEvents }), 3)).toEqual(["ADDED a@7", "SYNCED", "ADDED b@7"]);
    const asked = server.requests.slice(answers.there.length).map((_, index) => {
      const { resourceVersion: version, resourceVersionMatch: match } = query(server, answers.there.length + index);
      return [version, match];
    });
    const whatever = [undefined, sendInitialEvents ? "NotOlderThan" : undefined];
    expect(asked.slice(0, 4)).toEqual([["5", undefined], ["5", "NotOlderThan"], whatever, whatever]);
  },
);

test("watch lists no older than before again if that was interrupted [H13]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    ended(event("ADDED", "a", "1"), bookmark("5", true)),
    status(410, "Expired", "too old"),
    cut(event("ADDED", "a", "1")),
    open(event("ADDED", "a", "1"), event("ADDED", "b", "6"), bookmark("9", true)),
  );
  expect(await first(client.kube.pods.watch(), 3)).toEqual(["ADDED a@1", "SYNCED", "ADDED b@6"]);
  for (const index of [2, 3]) {
    expect(query(server, index)).toMatchObject({ resourceVersion: "5", resourceVersionMatch: "NotOlderThan" });
  }
});

test("watch keeps only the identity of an object, and reflect the whole object", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const labels = { app: "web" };
  const spec = { containers: [{ name: "main" }] };
  const { object: there } = event("ADDED", "a", "1", { note: "text" }) as { object: KubeObject };
  const object = { ...there, metadata: { ...there.metadata, labels }, spec };
  const whole = { type: "ADDED", object };
  const goneMeanwhile = () => [
    ended(whole, bookmark("5", true)),
    status(410, "Expired", "too old"),
    open(bookmark("9", true)),
  ];
  server.answer(...goneMeanwhile());
  const told: WatchEvent<KubeObject>[] = [];
  for await (const one of client.kube.pods.watch()) {
    told.push(one);
    if (one.type === "DELETED") break;
  }
  const { annotations: _left, ...gvr } = object.metadata;
  expect(told[0]).toEqual(whole);
  expect(told.at(-1)).toEqual({
    type: "DELETED",
    object: { apiVersion: "v1", kind: "Pod", metadata: gvr },
  });
  server.answer(open(whole, bookmark("5", true)));
  await using pods = await client.kube.pods.reflect();
  expect(pods.get("a")).toEqual(object);
});

test("watch lists first if the server does not support initial events, and remembers that [H17] [F6]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const refusal = status(422, "Invalid", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch");
  server.answer(
    refusal,
    json(200, podList(["a"], { resourceVersion: "50", continue: "t" })),
    json(200, podList(["b"], { resourceVersion: "51" })),
    open(event("ADDED", "c", "60")),
  );
  expect(await first(client.kube.pods.watch(), 4)).toEqual(["ADDED a@7", "ADDED b@7", "SYNCED", "ADDED c@60"]);
  expect(query(server, 3).resourceVersion).toBe("50");
  server.answer(json(200, podList([], { resourceVersion: "70" })), open());
  expect(await first(client.kube.pods.watch(), 1)).toEqual(["SYNCED"]);
  expect(query(server, 4)).not.toHaveProperty("watch");
});

test("watch lists first, in pages, with sendInitialEvents: false, and again if its version has expired [H17] [H13]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    json(200, podList(["a"], { resourceVersion: "50", continue: "t" })),
    json(200, podList(["b"], { resourceVersion: "51" })),
    ended(event("ADDED", "c", "60")),
    status(410, "Expired", "too old resource version"),
    json(200, podList(["a", "c"], { resourceVersion: "80" })),
    open(event("ADDED", "d", "81")),
  );
  expect(await first(client.kube.pods.watch({ sendInitialEvents: false }), 7)).toEqual([
    "ADDED a@7",
    "ADDED b@7",
    "SYNCED",
    "ADDED c@60",
    "MODIFIED c@7",
    "DELETED b@7",
    "ADDED d@81",
  ]);
  expect(query(server, 2)).toMatchObject({ watch: "true", resourceVersion: "50" });
  expect(server.requests.filter(({ target }) => target.includes("sendInitialEvents"))).toEqual([]);
});

test("watch reconnects if its connection is silent for too long, without losing a change [H8]", async () => {
  const { eachOf } = await import("../../../../runtime/kube/list/each-of.ts");
  const { watchBatches } = await import("../../../../runtime/kube/watch/watch-objects.ts");
  const { identityMemory, Tracker } = await import("../../../../runtime/kube/watch/tracker.ts");
  const { createConnection } = await import("../../../../runtime/kube/pipeline/connection.ts");
  await using server = await startScriptedServer();
  const connection = createConnection(server.config());
  server.answer(open(bookmark("10", true)), open(event("ADDED", "a", "11")));
  const batches = watchBatches({
    send: connection.send,
    gvr: { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true },
    place: { namespace: "shop" },
    selection: {},
    tracker: new Tracker(identityMemory),
    features: { canStreamInitialEvents: true },
    signal: undefined,
    sleep: async () => {},
    deadAfterMs: 2_000,
  });
  expect(await first(eachOf(batches), 2)).toEqual(["SYNCED", "ADDED a@11"]);
  expect(query(server, 1).resourceVersion).toBe("10");
  await connection.close();
});

test("watch waits longer and longer if the server ends it at once, and only briefly if it is healthy [H10] [H11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(ended(bookmark("10", true)));
  for (let count = 0; count < 8; count += 1) server.answer(ended());
  server.answer(open(event("ADDED", "a", "11")));
  await first(client.kube.pods.watch(), 2);
  const [afterHealthy = 0, ...waits] = client.waits;
  expect(afterHealthy).toBeLessThanOrEqual(1_000);
  const ceilings = [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000];
  expect(waits).toHaveLength(ceilings.length);
  for (const [index, ceiling] of ceilings.entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(ceiling / 2);
    expect(waits[index]).toBeLessThanOrEqual(ceiling);
  }
});

test("watch waits as long as an error event requests, and resumes without a list [H12] [H15]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const busy = {
    kind: "Status",
    status: "Failure",
    code: 500,
    reason: "InternalError",
    details: { retryAfterSeconds: 7 },
  };
  server.answer(ended(bookmark("10", true), { type: "ERROR", object: busy }), open(event("ADDED", "a", "11")));
  expect(await first(client.kube.pods.watch(), 2)).toEqual(["SYNCED", "ADDED a@11"]);
  expect(client.waits).toEqual([7_000]);
  expect(query(server, 1).resourceVersion).toBe("10");
});

test("watch retries the same version without a list if it is throttled, cut off or refused [H15]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    ended(bookmark("10", true)),
    status(429, "TooManyRequests", "slow down", { headers: { "retry-after": "3" } }),
    status(429, "TooManyRequests", "slow down"),
    status(503, "ServiceUnavailable", "not now"),
    reset,
    open(event("ADDED", "a", "11")),
  );
  expect(await first(client.kube.pods.watch(), 2)).toEqual(["SYNCED", "ADDED a@11"]);
  expect(client.waits[1]).toBeGreaterThanOrEqual(3_000);
  const asked = server.requests.map((_, index) => query(server, index));
  expect(asked.every(({ watch }) => watch === "true")).toBe(true);
  expect(asked.map(({ resourceVersion }) => resourceVersion)).toEqual([undefined, ...Array(5).fill("10")]);
});

test("watch resumes where it was if the server is unreachable for longer than a request is retried [H15]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(ended(bookmark("10", true)), ...Array(30).fill(reset), open(event("ADDED", "a", "11")));
  expect(await first(client.kube.pods.watch(), 2)).toEqual(["SYNCED", "ADDED a@11"]);
  expect(server.requests.slice(1).every((_, index) => query(server, index + 1).resourceVersion === "10")).toBe(true);
});

test("watch keeps a quiet connection for the requested time, and reconnects soon after [H8] [H9]", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  using _end = { [Symbol.dispose]: () => void vi.useRealTimers() };
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(open(bookmark("10", true)), open(event("ADDED", "a", "11")));
  const events = client.kube.pods.watch()[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ type: "SYNCED" });
  const next = events.next();
  const asked = Number(query(server, 0).timeoutSeconds) * 1_000;
  await vi.advanceTimersByTimeAsync(asked + 10_000);
  expect(server.open).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect((await next).value).toMatchObject({ type: "ADDED" });
  expect(query(server, 1).resourceVersion).toBe("10");
  await events.return?.();
});

test.each([
  [403, "Forbidden"],
  [404, "NotFound"],
])("watch throws %i, which is permanent [H14]", async (code, reason) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(status(code, reason, "no"));
  await expect(first(client.kube.pods.watch(), 1)).rejects.toMatchObject({ reason });
});

test.each([
  ["is not JSON", "{nonsense}"],
  ["has an unknown type", '{"type":"MOVED","object":{"metadata":{"resourceVersion":"1"}}}'],
  ["has no object", '{"type":"ADDED"}'],
  ["has no resourceVersion", '{"type":"ADDED","object":{"metadata":{"name":"a"}}}'],
  ["is two in one line", '{"type":"ADDED","object":{}}{"type":"ADDED","object":{}}'],
])("watch ends with a typed error if an event %s, rather than skip it [H4] [H19] [H2]", async (_what, line) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer((response) => {
    response.writeHead(200);
    response.write(`${line}\n`);
  });
  await expect(first(client.kube.pods.watch(), 1)).rejects.toMatchObject({ name: "TransportError", code: "BAD_EVENT" });
});

test("watch accepts blank lines and CRLF [H2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer((response) => {
    response.writeHead(200);
    response.write(`\r\n\n${JSON.stringify(event("ADDED", "a", "1"))}\r\n`);
  });
  expect(await first(client.kube.pods.watch(), 1)).toEqual(["ADDED a@1"]);
});

test.each([
  ["no number", "9007199254740993-x", "b"],
  ["a number that JavaScript cannot hold", "9007199254740993", "9007199254740995"],
  ["smaller than the one before", "20", "3"],
])("watch resumes from exactly the last version if it is %s [H18]", async (_what, listed, changed) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    ended(bookmark(listed, true)),
    ended(event("ADDED", "a", changed)),
    ended(bookmark(listed)),
    open(event("ADDED", "b", "1")),
  );
  await first(client.kube.pods.watch(), 3);
  expect([1, 2, 3].map((index) => query(server, index).resourceVersion)).toEqual([listed, changed, listed]);
});

test("watch closes its connection when its reader stops [H20]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const closed = new Promise<void>((resolve) => {
    server.answer((response, request, socket) => {
      socket.on("close", () => resolve());
      open(event("ADDED", "a", "1"))(response, request, socket);
    });
  });
  await first(client.kube.pods.watch(), 1);
  await closed;
  expect(server.requests).toHaveLength(1);
});

test("watch returns when the caller's signal aborts, and throws the run's reason when the run ends [H20] [C6]", async () => {
  await using server = await startScriptedServer();
  const run = new AbortController();
  await using client = jobClient(server, ACCESS, { signal: run.signal });
  const own = new AbortController();
  server.answer(open(bookmark("1", true)), open(bookmark("1", true)));
  for await (const _event of client.kube.pods.watch({ signal: own.signal })) own.abort(new Error("mine"));
  const reason = new Error("the run's");
  const reading = async () => {
    for await (const _event of client.kube.pods.watch()) run.abort(reason);
  };
  await expect(reading()).rejects.toBe(reason);
});

test("watch uses the new token when it reconnects [B8]", async () => {
  await using server = await startScriptedServer();
  let token = "old";
  await using client = jobClient(server, ACCESS, { config: server.config({ token: { get: async () => token } }) });
  server.answer(ended(bookmark("10", true)), open(event("ADDED", "a", "11")));
  for await (const one of client.kube.pods.watch()) {
    token = "new";
    if (one.type === "ADDED") break;
  }
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
});

test("readLines returns the same lines for any chunks of text with emoji [H1] [L4]", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom("a", "é", "🚀", "\r", '"') })),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      async (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        async function* chunks() {
          for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            yield bytes.subarray(start, start + size);
            start += size;
          }
        }
        const read: string[] = [];
        for await (const lines of readLines(chunks())) read.push(...lines.map(({ text }) => text));
        expect(read).toEqual(lines);
      },
    ),
  );
});

test("readLines refuses an endless line before it fills the memory [H3]", async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given += 1;
      yield Buffer.alloc(1024, "x");
    }
  }
  const reading = async () => {
    for await (const _line of readLines(endless(), 10_000)) {
      // No line comes.
    }
  };
  await expect(reading()).rejects.toThrow("longer than 10000 bytes");
  expect(given).toBeLessThan(12);
});
