import { ApiError } from "../errors/api-error.ts";
import { KubeError, recordAttempts } from "../errors/kube-error.ts";
import { TransportError } from "../errors/transport-error.ts";
import { changesNothing, type KubeRequest, type Step } from "../requests/request.ts";
import { monotonicNow } from "../values/monotonic-now.ts";
import { type Sleep, sleep } from "../values/sleep.ts";
import { decideRetry, longestWaitsMs, MAX_RETRIES } from "./retry-policy.ts";
import type { StatsRecorder } from "./stats.ts";

/** A try that failed and is not the last. */
export interface RetryNotice {
  readonly error: unknown;
  /** 1 for the first try. */
  readonly attempt: number;
  /** How long it may be tried again, in milliseconds, where each try takes as long as this one did. */
  readonly longestMs: number;
}

export interface RetryParts {
  readonly stats: StatsRecorder;
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Tries after the first one. Default: 10. */
  readonly maxRetries?: number | undefined;
  /** Told before each wait. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/** Makes a request again where that is safe; the last error says how often, and what was met before. */
export function retry({ stats, sleep: wait = sleep, random = Math.random, maxRetries, onRetry }: RetryParts): Step {
  return (next) => async (request) => {
    let previous: unknown;
    for (let attempt = 1; ; attempt += 1) {
      const triedAt = monotonicNow();
      try {
        return await next(attempt === 1 ? request : { ...request, attempt });
      } catch (error) {
        const decision = decideRetry(request, error, attempt, random, maxRetries);
        if (!decision.retry) throw final(request, error, attempt, previous);
        stats.retries += 1;
        if (decision.throttled) stats.throttles += 1;
        const start = monotonicNow();
        const triesMs = (start - triedAt) * ((maxRetries ?? MAX_RETRIES) - attempt + 1);
        onRetry?.({ error, attempt, longestMs: longestWaitsMs(attempt, maxRetries) + triesMs });
        try {
          await wait(decision.delayMs, request.signal);
        } catch {
          throw interrupted(request, error, attempt, error instanceof TransportError ? error : ANSWERED);
        } finally {
          if (decision.throttled) stats.throttledMs += Math.round(monotonicNow() - start);
        }
        previous = error;
      }
    }
  };
}

/** The server said that it had not done it. */
const ANSWERED = { sent: true, outcomeUnknown: false };

function final(request: KubeRequest, error: unknown, attempts: number, previous: unknown): unknown {
  if (error instanceof KubeError) return recordAttempts(error, attempts, previous);
  // How far the last try had come is not known.
  if (previous instanceof Error && request.signal?.aborted)
    return interrupted(request, previous, attempts, { sent: true, outcomeUnknown: !changesNothing(request) });
  return error;
}

/** The run's end came during a wait or a later try: its reason is the cause, else what the last try met, which is told in any case. */
function interrupted(
  request: KubeRequest,
  last: unknown,
  attempts: number,
  { sent, outcomeUnknown }: Pick<TransportError, "sent" | "outcomeUnknown">,
): TransportError {
  const met = last instanceof Error ? last.message : String(last);
  const error = new TransportError(`stopped while trying again (${attempts} tries so far). The last one: ${met}`, {
    code: "ABORTED",
    sent,
    outcomeUnknown,
    subject: request.subject,
    hint: last instanceof ApiError || last instanceof TransportError ? last.hint : undefined,
    cause: request.signal?.reason ?? last,
  });
  return recordAttempts(error, attempts, undefined);
}
