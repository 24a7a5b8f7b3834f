import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { ListReader } from "../../../../runtime/kube/list/list-reader.ts";
import type { ResponseContent } from "../../../../runtime/kube/requests/request.ts";
import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";
import { ResponseBody } from "../../../../runtime/kube/transport/response-body.ts";

/** A body that is there at once: nothing but the reader itself could let anything else in between. */
function bodyOf(text: string, chunkBytes: number): ResponseContent {
  const bytes = Buffer.from(text);
  return {
    text: async () => text,
    dump: async () => {},
    async *[Symbol.asyncIterator]() {
      for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
    },
  };
}

function listOf(count: number, fillerBytes: number): string {
  const items = Array.from({ length: count }, (_, index) => ({
    metadata: { name: `p${index}`, annotations: { a: "x".repeat(fillerBytes) } },
  }));
  return JSON.stringify({
    kind: "PodList",
    apiVersion: "v1",
    metadata: { resourceVersion: "1", continue: "next" },
    items,
  });
}

test("ListReader yields to the event loop between small batches, even if everything has arrived [P4]", async () => {
  let turns = 0;
  let isRunning = true;
  const turn = () => {
    turns += 1;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  const reader = new ListReader<KubeObject>(bodyOf(listOf(1_000, 10_000), 16_384));
  let count = 0;
  let largest = 0;
  for await (const batch of reader.batches()) {
    count += batch.length;
    largest = Math.max(largest, batch.length);
  }
  isRunning = false;
  expect(count).toBe(1_000);
  expect(largest).toBeLessThan(40);
  expect(turns).toBeGreaterThan(50);
});

const ITEM_BYTES = 6_000;

/** A list of this many bytes, generated as it is read: more is always available at once. */
function endlessly(bytes: number): { readonly body: ResponseContent; readonly given: { bytes: number } } {
  const given = { bytes: 0 };
  const item = Buffer.from(
    `${JSON.stringify({ metadata: { name: "p", annotations: { a: "x".repeat(ITEM_BYTES) } } })},`,
  );
  const chunk = Buffer.concat(Array.from({ length: 10 }, () => item));
  async function* chunks() {
    yield Buffer.from('{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[');
    while (given.bytes < bytes) {
      given.bytes += chunk.length;
      yield chunk;
    }
    yield Buffer.from('{"metadata":{"name":"last"}}]}');
  }
  return { body: { text: async () => "", dump: async () => {}, [Symbol.asyncIterator]: chunks }, given };
}

test("ListReader parses at most a quarter of a MB per turn of the event loop in a list of 64 MB [P4]", async () => {
  const { body } = endlessly(64 * 1024 * 1024);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let count = 0;
  let atTurn = 0;
  let most = 0;
  let turning = setImmediate(function turn() {
    most = Math.max(most, count - atTurn);
    atTurn = count;
    turning = setImmediate(turn);
  });
  delay.enable();
  try {
    for await (const batch of new ListReader<KubeObject>(body).batches()) count += batch.length;
  } finally {
    clearImmediate(turning);
    delay.disable();
  }
  expect(count).toBeGreaterThan(10_000);
  expect(most).toBeGreaterThan(0);
  expect(most * ITEM_BYTES).toBeLessThanOrEqual(256 * 1024);
  // A machine with other things to do may keep this process waiting now and then, not most of the time.
  expect(delay.percentile(90) / 1e6).toBeLessThan(50);
});

test("ListReader buffers at most 16 MiB for a slow consumer, and continues when it reads [F9]", async () => {
  const { body, given } = endlessly(64 * 1024 * 1024);
  const batches = new ListReader<KubeObject>(body).batches();
  let count = (await batches.next()).value?.length ?? 0;
  for (let turns = 0; turns < 100; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(given.bytes).toBeGreaterThan(15 * 1024 * 1024);
  expect(given.bytes).toBeLessThan(17 * 1024 * 1024);
  for await (const batch of batches) count += batch.length;
  expect(given.bytes).toBeGreaterThanOrEqual(64 * 1024 * 1024);
  expect(count).toBeGreaterThan(10_000);
});

test("ListReader returns items larger than the buffer", async () => {
  const reader = new ListReader<KubeObject>(bodyOf(listOf(3, 20 * 1024 * 1024), 1024 * 1024));
  const names: unknown[] = [];
  for await (const batch of reader.batches()) names.push(...batch.map(({ metadata }) => metadata?.name));
  expect(names).toEqual(["p0", "p1", "p2"]);
});

test("ListReader returns the batches before a failure of its body, then the body's error [L2]", async () => {
  const source = { pause: () => {}, resume: () => {}, abort: () => {} };
  const body = new ResponseBody(source, (cause) => new Error("explained", { cause }), 1024 * 1024);
  const reader = new ListReader<KubeObject>(body);
  const bytes = Buffer.from(listOf(100, 10_000));
  body.push(bytes.subarray(0, bytes.length / 2));
  body.fail(new Error("cut"));
  let count = 0;
  const read = async () => {
    for await (const batch of reader.batches()) count += batch.length;
  };
  const error = await read().catch((thrown: unknown) => thrown as Error);
  expect(count).toBeGreaterThan(40);
  expect(error).toMatchObject({ message: "explained" });
  expect((error as Error).stack).toMatch(/at (async )?read\b/);
});

test("ListReader releases its body when its reader stops early [F8] [H20]", async () => {
  const calls: string[] = [];
  const source = { pause: () => {}, resume: () => {}, abort: () => void calls.push("abort") };
  const body = new ResponseBody(source, (cause) => cause, 1024 * 1024);
  const bytes = Buffer.from(listOf(100, 10_000));
  body.push(bytes.subarray(0, bytes.length / 2));
  for await (const batch of new ListReader<KubeObject>(body).batches()) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  expect(calls).toEqual(["abort"]);
});

test("ListReader reuses the memory of a finished list", async () => {
  const spare: Buffer[] = [];
  const read = async () => {
    const reader = new ListReader<KubeObject>(bodyOf(listOf(300, 10_000), 16_384), spare);
    let count = 0;
    for await (const batch of reader.batches()) count += batch.length;
    return count;
  };
  expect(await read()).toBe(300);
  const [memory] = spare;
  expect(await read()).toBe(300);
  expect(spare).toEqual([memory]);
});

test.each([
  ["a small list in one chunk", 3, 10, 100_000],
  ["a small list in many chunks", 3, 10, 7],
  ["a large list in one chunk", 100, 10_000, 10_000_000],
  ["a large list in many chunks", 100, 10_000, 1_000],
])("ListReader returns the same metadata and items for %s [F6] [F10]", async (_what, count, filler, chunkBytes) => {
  const reader = new ListReader<KubeObject>(bodyOf(listOf(count, filler), chunkBytes));
  const early = await reader.earlyHead();
  const names: unknown[] = [];
  for await (const batch of reader.batches())
    names.push(...batch.map(({ kind, metadata }) => `${kind} ${metadata?.name}`));
  const head = { kind: "PodList", apiVersion: "v1", resourceVersion: "1", continueToken: "next" };
  // Of a small list in pieces the head comes with the rest: there is nothing to win.
  expect([head, undefined]).toContainEqual(early);
  expect(reader.head()).toEqual(head);
  expect(names).toEqual(Array.from({ length: count }, (_, index) => `Pod p${index}`));
});

test("ListReader is not confused by text in its items", async () => {
  const list = {
    metadata: { continue: '"items":[' },
    kind: "PodList",
    apiVersion: "v1",
    items: [{ metadata: { name: "a" } }],
  };
  const reader = new ListReader<KubeObject>(bodyOf(JSON.stringify(list), 1_000_000));
  const batches: unknown[] = [];
  for await (const batch of reader.batches()) batches.push(...batch);
  expect(reader.head().continueToken).toBe('"items":[');
  expect(batches).toHaveLength(1);
});

test("ListReader reads a large list whose type comes after its items, like that of a custom resource", async () => {
  const items = Array.from({ length: 300 }, (_, index) => ({
    apiVersion: "example.com/v1",
    kind: "Foo",
    metadata: { name: `foo-${index}`, annotations: { filler: "x".repeat(2_000) } },
  }));
  const text = JSON.stringify({
    apiVersion: "example.com/v1",
    items,
    kind: "FooList",
    metadata: { resourceVersion: "7" },
  });
  const reader = new ListReader<KubeObject>(bodyOf(text, 16_384));
  expect(await reader.earlyHead()).toBeUndefined();
  const found: KubeObject[] = [];
  for await (const batch of reader.batches()) found.push(...batch);
  expect(found).toEqual(items);
  expect(reader.head()).toMatchObject({ kind: "FooList", resourceVersion: "7" });
});
