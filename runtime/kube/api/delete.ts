import { ApiError } from "../errors/api-error.ts";
import { requestText, TransportError, WaitTimeoutError } from "../errors/kube-error.ts";
import { changeOf } from "../pipeline/limits.ts";
import { isBlockedByBudget } from "../pipeline/retry.ts";
import type { KubeRequest } from "../requests/request.ts";
import { type Preconditions, resolveTarget, type TargetInput } from "../requests/resource.ts";
import { deleteRequest, evictRequest } from "../requests/writes.ts";
import type { DeleteOptions, EvictOptions } from "../surface/call-options.ts";
import { ifUnchanged, type MethodContext, waitLimit } from "./call.ts";

/** Deletes an object. One that was read before is deleted only if it is still the same object. */
export async function deleteObject(
  context: MethodContext,
  target: TargetInput,
  options: DeleteOptions = {},
): Promise<"deleted" | "gone" | "changed"> {
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  // Nothing below refers to the object, so mass deletions do not keep each one in memory until its answer arrives.
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
    // An earlier attempt got no answer, so it was the one that deleted this uid.
    if (error.reason === "NotFound") return earlier === undefined ? "gone" : "deleted";
    if (error.reason !== "Conflict" || preconditions === undefined) throw error;
    if (earlier !== undefined) throw earlier;
    return "changed";
  }
}

/** How long to wait for a disruption budget if the server does not say, in seconds: the same as `kubectl drain`. */
const DEFAULT_WAIT_SECONDS = 5;

/** Evicts a pod as soon as its disruption budget allows. */
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

/** In a dry run, a wait would never end because no pod leaves the budget. The real run would wait and then evict. */
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
