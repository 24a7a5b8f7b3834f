import { describe, expect, it } from "vitest";
import { eachOf } from "../../../../runtime/kube/list/each-of.ts";

interface Source {
  readonly batches: AsyncGenerator<readonly number[]>;
  /** The number of batches requested so far, and whether the source was closed. */
  readonly state: { asked: number; isClosed: boolean };
}

/** Yields the batches, then throws the error, if any. */
function source(all: readonly (readonly number[])[], error?: Error): Source {
  const state = { asked: 0, isClosed: false };
  async function* batches() {
    try {
      for (const batch of all) {
        state.asked += 1;
        yield batch;
      }
      if (error !== undefined) throw error;
    } finally {
      state.isClosed = true;
    }
  }
  return { batches: batches(), state };
}

describe("eachOf", () => {
  it("yields every item in order, and skips empty batches", async () => {
    const seen: number[] = [];
    for await (const item of eachOf(source([[], [1, 2], [], [3], []]).batches)) seen.push(item);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("requests no batch before the previous one is read", async () => {
    const { batches, state } = source([[1, 2], [3]]);
    const items = eachOf(batches);
    await items.next();
    await items.next();
    expect(state.asked).toBe(1);
    await items.next();
    expect(state.asked).toBe(2);
  });

  it("answers concurrent calls in order", async () => {
    const items = eachOf(source([[1], [2, 3], [4]]).batches);
    const answers = await Promise.all(Array.from({ length: 6 }, () => items.next()));
    expect(answers.map(({ value }) => value)).toEqual([1, 2, 3, 4, undefined, undefined]);
    expect(answers.map(({ done }) => done)).toEqual([false, false, false, false, true, true]);
  });

  it("closes the source and yields nothing more when its reader stops", async () => {
    const { batches, state } = source([[1, 2], [3]]);
    const items = eachOf(batches);
    for await (const item of items) if (item === 1) break;
    expect(state.isClosed).toBe(true);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("yields the items before an error, then throws the error, then ends", async () => {
    const items = eachOf(source([[1]], new Error("cut")).batches);
    expect(await items.next()).toEqual({ done: false, value: 1 });
    await expect(items.next()).rejects.toThrow("cut");
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("keeps the reader's line in the stack of an error", async () => {
    async function theReader(): Promise<void> {
      for await (const item of eachOf(source([[1]], new Error("cut")).batches)) expect(item).toBe(1);
    }
    async function* failing(): AsyncGenerator<readonly number[]> {
      yield [1];
      await Promise.resolve();
      throw new Error("made where it fails");
    }
    async function readsFailing(): Promise<void> {
      for await (const item of eachOf(failing())) expect(item).toBe(1);
    }
    await expect(theReader()).rejects.toThrow("cut");
    await expect(readsFailing()).rejects.toMatchObject({ stack: expect.stringContaining("readsFailing") });
  });
});
