import { WaitTimeoutError } from "../errors/kube-error.ts";
import { eachOf } from "../list/each-of.ts";
import { metadataOf } from "../list/list-objects.ts";
import { type Place, pathSegment, resolveTarget, type TargetInput } from "../requests/resource.ts";
import { fieldSelectorText } from "../requests/selectors.ts";
import type { ObjectWatchOptions, WaitOptions, WatchOptions } from "../surface/call-options.ts";
import type { Deleted, Reflection, WatchEvent } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import { eitherSignal } from "../values/time.ts";
import { identityMemory, type Listener, reflectObjects, Tracker, wholeMemory } from "../watch/tracker.ts";
import { type WatchParts, watchBatches } from "../watch/watch-objects.ts";
import { type MethodContext, waitLimit } from "./call.ts";

/** Yields the current objects, then every change. Returns when the caller's signal aborts; throws the run's reason when the run ends. */
export function watchObjectsOf<T extends KubeObject>(
  context: MethodContext,
  { keepObjects = false, ...options }: ObjectWatchOptions = {},
  tracker: Listener<T> = keepObjects ? new Tracker(wholeMemory<T>()) : new Tracker(identityMemory),
): AsyncIterableIterator<WatchEvent<T>> {
  return eachOf(batchesOf(context, options, tracker));
}

/** The same with only the type and metadata of each object. */
export function watchMetadata<T extends KubeObject>(
  context: MethodContext,
  options: WatchOptions = {},
): AsyncIterableIterator<WatchEvent<T>> {
  return eachOf(metadataBatches<T>(context, options));
}

async function* metadataBatches<T extends KubeObject>(
  context: MethodContext,
  options: WatchOptions,
): AsyncGenerator<readonly WatchEvent<T>[], void, undefined> {
  const batches = batchesOf<T>(context, { ...options, metadataOnly: true }, new Tracker(identityMemory));
  for await (const batch of batches) {
    yield batch.map((event) =>
      event.type === "SYNCED" ? event : ({ ...event, object: metadataOf(event.object) } as WatchEvent<T>),
    );
  }
}

async function* batchesOf<T extends KubeObject>(
  context: MethodContext,
  options: WatchOptions & Pick<WatchParts<T>, "metadataOnly" | "onInterruption">,
  tracker: Listener<T>,
): AsyncGenerator<readonly WatchEvent<T>[], void, undefined> {
  const gvr = await context.gvr();
  const { signal, sendInitialEvents = true, metadataOnly = false, onInterruption, ...selection } = options;
  try {
    yield* watchBatches<T>({
      ...context,
      gvr,
      selection,
      sendInitialEvents,
      metadataOnly,
      onInterruption,
      tracker,
      signal: eitherSignal(signal, context.signal),
    });
  } catch (error) {
    if (signal?.aborted && !context.signal?.aborted) return;
    throw error;
  }
}

/** Keeps a live map of the matching objects. */
export async function reflectObjectsOf<T extends KubeObject>(
  context: MethodContext,
  options: WatchOptions = {},
): Promise<Reflection<T>> {
  const gvr = await context.gvr();
  const tracker = new Tracker<T, T>(wholeMemory());
  const controller = new AbortController();
  const signal = eitherSignal(options.signal, controller.signal);
  const namespace = gvr.namespaced && context.place !== "all" ? context.place.namespace : undefined;
  const events = watchObjectsOf<T>(context, { ...options, signal }, tracker);
  return reflectObjects(tracker, events, namespace, () => controller.abort(new Error("the reflection was closed")));
}

/** Waits until an object meets a condition. */
export function waitForObject<T extends KubeObject>(
  context: MethodContext,
  target: TargetInput,
  isWanted: (object: T) => boolean,
  options: WaitOptions = {},
): Promise<T | "gone"> {
  let last: T | "gone" = "gone";
  return waitOne<T, T | "gone">(context, target, options, (event, isTheOne) => {
    // In a dry run nothing changes, so the current state has to do.
    if (event.type === "SYNCED") return context.dryRun ? last : undefined;
    if (event.type === "DELETED") return isTheOne(event.object) ? "gone" : undefined;
    if (!isTheOne(event.object)) return "gone";
    last = event.object;
    return isWanted(event.object) ? event.object : undefined;
  });
}

/** Waits until an object is deleted. */
export async function waitForGone(
  context: MethodContext,
  target: TargetInput,
  options: WaitOptions = {},
): Promise<void> {
  let isThere = false;
  await waitOne<KubeObject, "gone">(context, target, options, (event, isTheOne) => {
    if (event.type === "SYNCED") return isThere && !context.dryRun ? undefined : "gone";
    isThere = event.type !== "DELETED" && isTheOne(event.object);
    return isThere ? undefined : "gone";
  });
}

/** Watches one name until an event decides. A given object is identified by its uid: a new one with the same name does not count. */
async function waitOne<T extends KubeObject, R>(
  context: MethodContext,
  target: TargetInput,
  options: WaitOptions,
  decide: (event: WatchEvent<T>, isTheOne: (object: KubeObject) => boolean) => R | undefined,
): Promise<R> {
  const gvr = await context.gvr();
  const { name, place, preconditions } = resolveTarget(target, context.place, gvr);
  // The name is not part of the path here, but must still be valid.
  pathSegment("name", name);
  const isTheOne = (object: KubeObject) =>
    preconditions?.uid === undefined || object.metadata?.uid === preconditions.uid;
  using limit = waitLimit(options);
  const watched = { ...context, place: place as Place };
  const selection = {
    fieldSelector: fieldSelectorText({ "metadata.name": name }),
    ...(limit.signal === undefined ? {} : { signal: limit.signal }),
  };
  let wasSeen = false;
  for await (const event of watchObjectsOf<T>(watched, selection)) {
    if (event.type === "SYNCED" && typeof target !== "string" && !wasSeen) {
      const gone = decide({ type: "DELETED", object: target as Deleted<T> }, isTheOne);
      if (gone !== undefined) return gone;
    }
    if (event.type !== "SYNCED") wasSeen = true;
    const decision = decide(event, isTheOne);
    if (decision !== undefined) return decision;
  }
  if (!limit.hasPassed) options.signal?.throwIfAborted();
  throw new WaitTimeoutError(`timed out after ${options.timeout} waiting for ${gvr.resource} "${name}"`, {
    hint: "look at the object's conditions and events",
  });
}
