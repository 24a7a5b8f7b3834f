import type { ObjectList } from "../surface/call-results.ts";
import { eachOf } from "./each-of.ts";

/** Makes the list that a job sees from batches; each iteration asks the server anew. */
export function objectList<T>(batches: () => AsyncIterable<readonly T[]>): ObjectList<T> {
  return {
    [Symbol.asyncIterator]: () => eachOf(batches()),
    async toArray() {
      const all: T[] = [];
      for await (const batch of batches()) for (const object of batch) all.push(object);
      return all;
    },
  };
}
