import { expect, test } from "vitest";
import { forEach } from "../../../../runtime/kube/api/for-each.ts";

/** Counts the calls in flight; each ends after a turn of the event loop. */
function counting(onCall: (call: number) => void = () => {}) {
  const seen = { now: 0, most: 0, calls: 0, history: [] as number[] };
  const work = async () => {
    seen.calls += 1;
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    onCall(seen.calls);
    await new Promise((resolve) => setImmediate(resolve));
    seen.history.push(seen.now);
    seen.now -= 1;
  };
  return { seen, work };
}

const items = (count: number) => Array.from({ length: count }, (_, index) => index);

test("forEach calls the function for every item within its concurrency", async () => {
  const { seen, work } = counting();
  expect(await forEach(items(100), work, { concurrency: 5, throttles: () => 0 })).toBe(100);
  expect(seen).toMatchObject({ calls: 100, most: 5 });
});

test("forEach grows to its maximum without throttling", async () => {
  const { seen, work } = counting();
  await forEach(items(2_000), work, { throttles: () => 0 });
  expect(seen.most).toBe(64);
});

test("forEach shrinks when the server throttles, and grows again afterwards", async () => {
  let throttles = 0;
  const { seen, work } = counting((call) => {
    if (call > 500 && call < 1_500 && call % 10 === 0) throttles += 1;
  });
  await forEach(items(6_000), work, { throttles: () => throttles });
  const least = Math.min(...seen.history.slice(1_000, 1_500));
  expect(least).toBeLessThanOrEqual(4);
  expect(Math.max(...seen.history.slice(-500))).toBeGreaterThan(20);
});

test("forEach takes items as they come, no further ahead than it works", async () => {
  let pulled = 0;
  let done = 0;
  async function* stream() {
    for (; pulled < 50; pulled += 1) {
      expect(pulled - done).toBeLessThanOrEqual(3);
      yield pulled;
    }
  }
  await forEach(
    stream(),
    async () => {
      await new Promise((resolve) => setImmediate(resolve));
      done += 1;
    },
    { concurrency: 2, throttles: () => 0 },
  );
  expect(done).toBe(50);
});

test("forEach ends with the first error, after the calls in flight, and starts no more", async () => {
  let ended = 0;
  let started = 0;
  const running = forEach(
    items(100),
    async (item) => {
      started += 1;
      if (item === 3) throw new Error("the third");
      await new Promise((resolve) => setImmediate(resolve));
      ended += 1;
    },
    { concurrency: 5, throttles: () => 0 },
  );
  await expect(running).rejects.toThrow("the third");
  expect(ended).toBe(started - 1);
  expect(started).toBeLessThan(10);
});

test("forEach ends with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const running = forEach(items(100), async () => controller.abort(reason), {
    signal: controller.signal,
    throttles: () => 0,
  });
  await expect(running).rejects.toBe(reason);
});

test("forEach throws the error of its items, with nothing left running", async () => {
  async function* broken() {
    yield 1;
    throw new Error("the list broke");
  }
  let ended = 0;
  const running = forEach(
    broken(),
    async () => {
      await new Promise((resolve) => setImmediate(resolve));
      ended += 1;
    },
    { throttles: () => 0 },
  );
  await expect(running).rejects.toThrow("the list broke");
  expect(ended).toBe(1);
});

test.each([0, -1, 1.5])("forEach refuses a concurrency of %d", async (concurrency) => {
  await expect(forEach([], async () => {}, { concurrency, throttles: () => 0 })).rejects.toThrow("concurrency");
});

test("forEach waits for the calls in flight, then throws the synchronous error of a plain JavaScript function", async () => {
  let ended = 0;
  const work = (item: number): Promise<unknown> => {
    if (item === 3) throw new Error("thrown at once");
    return new Promise<void>((resolve) => {
      setImmediate(() => {
        ended += 1;
        resolve();
      });
    });
  };
  await expect(forEach(items(10), work, { throttles: () => 0 })).rejects.toThrow("thrown at once");
  expect(ended).toBe(3);
});

test("forEach accepts a function that returns no promise", async () => {
  const seen: number[] = [];
  const work = ((item: number) => seen.push(item)) as unknown as (item: number) => Promise<unknown>;
  expect(await forEach(items(5), work, { throttles: () => 0 })).toBe(5);
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});
