import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import { listObjects } from "../list/list-objects.ts";
import { isExpired } from "../list/pages.ts";
import { isTooLargeResourceVersion } from "../pipeline/retry.ts";
import { type ListRequestOptions, listRequest, watchRequest } from "../requests/reads.ts";
import type { Send } from "../requests/request.ts";
import type { GroupVersionResource, Place } from "../requests/resource.ts";
import type { Selection } from "../surface/call-options.ts";
import type { WatchEvent } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import { eitherSignal, monotonicNow, type Sleep } from "../values/time.ts";
import { endsInitialEvents, type RawEvent, readEvents } from "./events.ts";
import type { Listener } from "./tracker.ts";

/** Requested duration of a watch, in seconds: below the 240 s after which some load balancers silently drop idle connections. */
const MIN_OPEN_SECONDS = 180;
const MAX_OPEN_SECONDS = 230;
/** How long the server may take to end it after that, in milliseconds, before the connection counts as dead. */
const DEAD_MARGIN_MS = 15_000;

/** Whether the API server supports streaming lists; detected once. */
export interface WatchFeatures {
  canStreamInitialEvents: boolean;
}

export interface WatchParts<T extends KubeObject> {
  readonly send: Send;
  readonly gvr: GroupVersionResource;
  readonly place: Place;
  readonly selection: Selection;
  /** False: lists the existing objects even if the server could stream them. Default: true. */
  readonly sendInitialEvents?: boolean;
  /** True: requests only the type and metadata of each object. */
  readonly metadataOnly?: boolean;
  readonly tracker: Listener<T>;
  readonly features: WatchFeatures;
  readonly signal: AbortSignal | undefined;
  readonly sleep: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** In milliseconds; shorter in tests. */
  readonly deadAfterMs?: number;
  /** Called with the error before an interrupted watch resumes. */
  readonly onInterruption?: ((error: unknown) => void) | undefined;
}

/** Codes of permanent errors. */
const FINAL_CODES = [400, 401, 403, 404, 405, 406, 422];

/**
 * Yields the existing objects, then every change. A watch that ends for any reason is reopened at the last version; if the server no longer has that
 * version, all objects are listed again, no older than before, and only the differences are reported. Events come in the batches in which they arrive.
 */
export async function* watchBatches<T extends KubeObject>(
  parts: WatchParts<T>,
): AsyncGenerator<readonly WatchEvent<T>[], void, undefined> {
  const session = new Session(parts);
  const pace = new Pace(parts.random ?? Math.random);
  for (;;) {
    const start = monotonicNow();
    let events = 0;
    let delayMs: number;
    try {
      for await (const batch of session.open()) {
        events += batch.length;
        yield batch;
      }
      delayMs = pace.afterEnd(monotonicNow() - start, events);
    } catch (error) {
      parts.signal?.throwIfAborted();
      delayMs = session.survive(error, pace);
      parts.onInterruption?.(error);
    }
    if (delayMs > 0) await parts.sleep(delayMs, parts.signal);
  }
}

/** A sequence of watches with the version to resume from. */
class Session<T extends KubeObject> {
  readonly #parts: WatchParts<T>;
  /** Undefined before the first listing is complete, and after the server has dropped the version. */
  #version: string | undefined;
  /** The dropped version: the next listing must not be older. Undefined if the server rejects it too: then the listing reads from the store. */
  #noOlderThan: string | undefined;
  #wasSynced = false;

  constructor(parts: WatchParts<T>) {
    this.#parts = parts;
  }

  async *open(): AsyncGenerator<readonly WatchEvent<T>[], void, undefined> {
    const { features, sendInitialEvents = true } = this.#parts;
    if (this.#version === undefined && !(features.canStreamInitialEvents && sendInitialEvents)) yield* this.#list();
    const { random = Math.random, signal } = this.#parts;
    const timeoutSeconds = Math.round(MIN_OPEN_SECONDS + (MAX_OPEN_SECONDS - MIN_OPEN_SECONDS) * random());
    const dead = new AbortController();
    const deadAfterMs = this.#parts.deadAfterMs ?? timeoutSeconds * 1_000 + DEAD_MARGIN_MS;
    // The connection keeps the process alive; the timer must not.
    const timer = setTimeout(() => dead.abort(new DeadConnection()), deadAfterMs).unref();
    try {
      yield* this.#follow(timeoutSeconds, eitherSignal(signal, dead.signal));
    } finally {
      clearTimeout(timer);
    }
  }

  /** The wait after an error that a watch can survive; rethrows any other. */
  survive(error: unknown, pace: Pace): number {
    if (error instanceof DeadConnection) return 0;
    if (isExpired(error) || isTooLargeResourceVersion(error)) {
      // During a listing there was no version, so the next attempt requests none.
      this.#noOlderThan = this.#version;
      this.#version = undefined;
      return pace.afterFailure(undefined);
    }
    if (error instanceof ApiError) {
      if (this.#version === undefined && refusesInitialEvents(error)) {
        this.#parts.features.canStreamInitialEvents = false;
        return 0;
      }
      if (FINAL_CODES.includes(error.code)) throw error;
      return pace.afterFailure(error.retryAfterSeconds);
    }
    if (error instanceof TransportError && error.code !== "BAD_EVENT") return pace.afterFailure(undefined);
    throw error;
  }

  async *#list(): AsyncGenerator<readonly WatchEvent<T>[], void, undefined> {
    const { send, gvr, place, selection, metadataOnly = false, tracker, signal } = this.#parts;
    let version: string | undefined;
    const from: ListRequestOptions =
      this.#noOlderThan === undefined
        ? selection
        : { ...selection, resourceVersion: this.#noOlderThan, resourceVersionMatch: "NotOlderThan" };
    tracker.beginListing();
    const batches = listObjects<T>(
      send,
      (token, ended) => listRequest(gvr, place, { ...from, metadataOnly, signal: eitherSignal(signal, ended) }, token),
      {
        onFirstHead: (head) => {
          version = head.resourceVersion;
        },
      },
    );
    for await (const batch of batches) {
      const events: WatchEvent<T>[] = [];
      for (const object of batch) tracker.present(object, events);
      yield events;
    }
    const events: WatchEvent<T>[] = [];
    this.#endListing(version, events);
    yield events;
  }

  async *#follow(
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WatchEvent<T>[], void, undefined> {
    const { send, gvr, place, selection, metadataOnly = false, tracker } = this.#parts;
    const request = watchRequest(gvr, place, {
      ...selection,
      metadataOnly,
      sendInitialEvents: this.#version === undefined,
      resourceVersion: this.#version ?? this.#noOlderThan,
      timeoutSeconds,
      signal,
    });
    if (this.#version === undefined) tracker.beginListing();
    const response = await send(request);
    for await (const batch of readEvents<T>(request, response.body)) {
      const events: WatchEvent<T>[] = [];
      for (const event of batch) this.#take(event, events);
      if (events.length > 0) yield events;
    }
  }

  #take(event: RawEvent<T>, events: WatchEvent<T>[]): void {
    const { tracker } = this.#parts;
    const isListing = this.#version === undefined;
    if (event.type === "BOOKMARK" && isListing && endsInitialEvents(event)) {
      this.#endListing(event.resourceVersion, events);
    }
    if (event.type === "DELETED") tracker.absent(event.object, events);
    else if (event.type !== "BOOKMARK") tracker.present(event.object, events);
    // Initial events are not ordered by version: resuming from one of them would lose others.
    if (!isListing) this.#version = event.resourceVersion;
  }

  #endListing(version: string | undefined, events: WatchEvent<T>[]): void {
    this.#parts.tracker.endListing(events);
    this.#version = version;
    if (!this.#wasSynced) events.push({ type: "SYNCED" });
    this.#wasSynced = true;
  }
}

/** The server did not end the watch in time: the connection is half-open. */
class DeadConnection extends Error {
  override readonly name = "DeadConnection";
}

/** Servers without the feature answer that the parameter is forbidden or invalid. https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists */
function refusesInitialEvents(error: ApiError): boolean {
  return (
    (error.code === 422 || error.code === 400) && /sendInitialEvents|resourceVersionMatch/.test(error.serverMessage)
  );
}

/** Minimum time between the starts of two watches, in milliseconds. */
const MIN_RESTART_MS = 1_000;
const BASE_DELAY_MS = 800;
const MAX_DELAY_MS = 30_000;

/** The backoff before a watch is reopened: short after a healthy one, growing while none succeeds. */
export class Pace {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param lastedMs duration of the watch, in milliseconds */
  afterEnd(lastedMs: number, eventCount: number): number {
    if (eventCount === 0 && lastedMs < MIN_RESTART_MS) return this.afterFailure(undefined);
    this.#failures = 0;
    return Math.max(0, MIN_RESTART_MS - lastedMs);
  }

  /** @param askedSeconds the wait that the server requested */
  afterFailure(askedSeconds: number | undefined): number {
    this.#failures += 1;
    const ceiling = Math.min(BASE_DELAY_MS * 2 ** (this.#failures - 1), MAX_DELAY_MS);
    // Do not retry at once, even if the server requests no wait.
    if (askedSeconds !== undefined && askedSeconds >= 1) return askedSeconds * 1_000;
    return ceiling * (0.5 + 0.5 * this.#random());
  }
}
