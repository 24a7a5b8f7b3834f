import { ApiError } from "../errors/api-error.ts";
import { requestText, WaitTimeoutError } from "../errors/kube-error.ts";
import { mutationWord } from "../pipeline/limit-ledger.ts";
import { isBlockedByBudget } from "../pipeline/retry.ts";
import type { KubeRequest } from "../requests/request.ts";
import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import { evictRequest } from "../requests/writes.ts";
import type { EvictOptions } from "../surface/call-options.ts";
import { ifUnchanged } from "./change.ts";
import type { MethodContext } from "./method-context.ts";
import { waitLimit } from "./wait-limit.ts";

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
async function countedAsMade(context: MethodContext, { attributes }: KubeRequest): Promise<"evicted"> {
  if (attributes !== undefined) {
    const word = mutationWord(attributes);
    await context.ledger.reserve(word, 1);
    context.ledger.settle(word, 1, 1);
    context.stats.mutated(word.verb, word.resource);
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
    hint: "look at the pod's PodDisruptionBudget: how many of its pods are ready, and how many it wants",
  });
}
