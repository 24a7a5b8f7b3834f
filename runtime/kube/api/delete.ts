import { ApiError } from "../errors/api-error.ts";
import { requestText, TransportError, WaitTimeoutError } from "../errors/kube-error.ts";
import { changeOf } from "../pipeline/limits.ts";
import { isBlockedByBudget } from "../pipeline/retry.ts";
import type { KubeRequest } from "../requests/request.ts";
import { type Preconditions, resolveTarget, type TargetInput } from "../requests/resource.ts";
import { deleteRequest, evictRequest } from "../requests/writes.ts";
import type { DeleteOptions, EvictOptions } from "../surface/call-options.ts";
import { ifUnchanged, type MethodContext, waitLimit } from "./call.ts";

/** Deletes an object; one that was read before only if it is still the very same. */
export async function deleteObject(
  context: MethodContext,
  target: TargetInput,
  options: DeleteOptions = {},
): Promise<"deleted" | "gone" | "changed"> {
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  // What waits for the answer knows nothing of the object: many may be deleted at once, and each would be kept until then.
  return sendDelete(context, deleteRequest(gvr, resolved, options), options.preconditions ?? resolved.preconditions);
}

async function sendDelete(
  context: MethodContext,
  request: KubeRequest,
  preconditions: Preconditions | undefined,
): Promise<"deleted" | "gone" | "changed"> {
  try {
    await context.send(request);
    return "deleted";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const earlier = error.cause instanceof TransportError && error.cause.outcomeUnknown ? error.cause : undefined;
    // A try before this one got no answer: it was the one that deleted this uid, or began to.
    if (error.reason === "NotFound") return earlier === undefined ? "gone" : "deleted";
    if (error.reason !== "Conflict" || preconditions === undefined) throw error;
    if (earlier !== undefined) throw earlier;
    return "changed";
  }
}

/** How long to wait for a disruption budget, where the server does not say, in seconds: what `kubectl drain` waits. */
const DEFAULT_WAIT_SECONDS = 5;

/** Takes a pod off its node, as soon as its disruption budget allows. */
export async function evictPod(
  context: MethodContext,
  target: TargetInput,
  options: EvictOptions = {},
): Promise<"evicted" | "gone" | "changed"> {
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  using limit = waitLimit(options);
  const request = evictRequest(gvr, resolved, { ...options, signal: limit.signal });
  return await ifUnchanged(resolved.preconditions ?? {}, async () => {
    for (;;) {
      try {
        await context.send(request);
        return "evicted" as const;
      } catch (error) {
        if (!isBlockedByBudget(error)) throw limit.hasPassed ? timedOut(request, error, options) : error;
        if (context.dryRun) return countedAsMade(context, request);
        await pause(context, request, error, options, limit.signal);
      }
    }
  });
}

/** In a dry run no wait would end: nothing leaves that the budget counts. The real run would wait, and then evict. */
async function countedAsMade({ ledger, stats }: MethodContext, request: KubeRequest): Promise<"evicted"> {
  if (request.attributes !== undefined) {
    const change = changeOf(request, request.attributes);
    const room = await ledger.reserve(change);
    room?.settle(room.keys);
    stats.mutated(change.verb, change.resource);
  }
  return "evicted";
}

async function pause(
  context: MethodContext,
  request: KubeRequest,
  blocked: ApiError,
  options: EvictOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await context.sleep(
      Math.max(1, blocked.retryAfterSeconds || DEFAULT_WAIT_SECONDS) * 1_000,
      signal ?? context.signal,
    );
    context.signal?.throwIfAborted();
  } catch (reason) {
    if (context.signal?.aborted || options.signal?.aborted) throw reason;
    throw timedOut(request, blocked, options);
  }
}

function timedOut(request: KubeRequest, last: unknown, { timeout }: EvictOptions): WaitTimeoutError {
  const met = last instanceof ApiError ? `: ${last.serverMessage}` : "";
  return new WaitTimeoutError(`${requestText(request.attributes, "evict")}: not allowed within ${timeout}${met}`, {
    attributes: request.attributes,
    cause: last,
    hint: "check the pod's PodDisruptionBudget: how many pods are ready, and how many it needs",
  });
}
