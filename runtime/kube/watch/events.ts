import { ApiError, readStatus, reasonOfCode } from "../errors/api-error.ts";
import { requestText, TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, ResponseContent } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";
import { parseJson } from "../values/json.ts";
import { readLines } from "../values/lines.ts";

/** An event as sent by the API server. */
export interface RawEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
  readonly resourceVersion: string;
}

const TYPES = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"];

/** Annotation of the bookmark after the initial events. */
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/**
 * Reads the events of one watch, in the batches in which they arrive. An incomplete last line is ignored: the connection ended there.
 * @throws {ApiError} for an event of type ERROR
 * @throws {TransportError} for anything that is not an event: skipping it could lose a change
 */
export async function* readEvents<T extends KubeObject>(
  request: KubeRequest,
  body: ResponseContent,
): AsyncGenerator<readonly RawEvent<T>[], void, undefined> {
  try {
    for await (const lines of readLines(body)) {
      const events: RawEvent<T>[] = [];
      try {
        for (const { text, isComplete } of lines) {
          if (isComplete && text.trim() !== "") events.push(eventOf<T>(request, text));
        }
      } catch (error) {
        // Deliver the events before it first.
        if (events.length > 0) yield events;
        throw error;
      }
      if (events.length > 0) yield events;
    }
  } catch (error) {
    if (error instanceof RangeError) throw unreadable(request, error.message);
    throw error;
  }
}

function eventOf<T extends KubeObject>(request: KubeRequest, text: string): RawEvent<T> {
  let event: { readonly type?: unknown; readonly object?: unknown };
  try {
    event = parseJson(text) as typeof event;
  } catch {
    throw unreadable(request, "it is not JSON");
  }
  if (event?.type === "ERROR") throw errorOf(request, event.object);
  const object = event?.object;
  if (!TYPES.includes(String(event?.type)) || typeof object !== "object" || object === null) {
    throw unreadable(request, `its type is ${JSON.stringify(event?.type)}`);
  }
  const resourceVersion = (object as KubeObject).metadata?.resourceVersion;
  if (!resourceVersion) throw unreadable(request, "its object has no resourceVersion");
  return { type: event.type as RawEvent<T>["type"], object: object as T, resourceVersion };
}

/** True for the bookmark that ends the initial events. */
export function endsInitialEvents(event: RawEvent<KubeObject>): boolean {
  return event.type === "BOOKMARK" && event.object.metadata?.annotations?.[INITIAL_EVENTS_END] === "true";
}

function errorOf(request: KubeRequest, object: unknown): Error {
  const status = readStatus(object);
  if (status === undefined) return unreadable(request, "its error is not a Status");
  const { code = 500, details, message } = status;
  const reason = status.reason || reasonOfCode(code);
  return new ApiError(`${requestText(request.attributes, request.path)}: ${code} ${reason}: ${message ?? ""}`, {
    code,
    reason,
    details,
    retryAfterSeconds: details?.retryAfterSeconds,
    serverMessage: message,
    attributes: request.attributes,
  });
}

function unreadable(request: KubeRequest, problem: string): TransportError {
  return new TransportError(`${requestText(request.attributes, request.path)}: an event cannot be read: ${problem}`, {
    code: "BAD_EVENT",
    sent: true,
    outcomeUnknown: false,
    attributes: request.attributes,
  });
}
