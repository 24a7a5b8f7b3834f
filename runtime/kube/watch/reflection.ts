import type { Reflection, WatchEvent } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import type { Tracker } from "./tracker.ts";

/**
 * Keeps a live map: runs a watch on its own and resolves once everything that is there is in it.
 *
 * @param namespace the one that objects are looked up in where none is named; undefined for cluster-scoped resources and all namespaces
 * @param stop ends the watch
 */
export async function reflectObjects<T extends KubeObject>(
  tracker: Tracker<T, T>,
  events: AsyncIterable<WatchEvent<T>>,
  namespace: string | undefined,
  stop: () => void,
): Promise<Reflection<T>> {
  let failure: unknown;
  let isClosed = false;
  let running: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    running = run(events, resolve)
      .then(() => reject(new Error("the reflection ended before it was complete")))
      .catch((error: unknown) => {
        if (!isClosed) failure = error;
        reject(error);
      });
  });

  /** A watch that failed for good must not go on answering what was true once. */
  const living = (): ReadonlyMap<string, T> => {
    if (failure !== undefined) throw failure;
    return tracker.objects;
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    stop();
    await running;
  };
  return {
    get size() {
      return living().size;
    },
    get: (name, place = namespace ?? "") => living().get(`${place}/${name}`),
    values: () => living().values() as IterableIterator<T>,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function run<T>(events: AsyncIterable<WatchEvent<T>>, onSynced: () => void): Promise<void> {
  for await (const event of events) if (event.type === "SYNCED") onSynced();
}
