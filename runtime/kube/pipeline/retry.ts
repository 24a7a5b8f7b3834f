import { ApiError } from "../errors/api-error.ts";
import { KubeError, recordAttempts, TransportError } from "../errors/kube-error.ts";
import { changesNothing, isProxiedWrite, isRead, type KubeRequest, type Step } from "../requests/request.ts";
import { monotonicNow, type Sleep, sleep } from "../values/time.ts";
import type { StatsRecorder } from "./stats.ts";

/** A failed attempt that will be retried. */
export interface RetryNotice {
  readonly error: unknown;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The longest time that retries may take, in milliseconds, if each takes as long as this attempt. */
  readonly longestMs: number;
}

interface RetryParts {
  readonly stats: StatsRecorder;
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Default: 10. */
  readonly maxRetries?: number | undefined;
  /** Called before each wait. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/** Retries requests if that is safe; the last error has the number of attempts and the error before it. */
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

/** The server has answered that it did not make the change. */
const ANSWERED = { sent: true, outcomeUnknown: false };

function final(request: KubeRequest, error: unknown, attempts: number, previous: unknown): unknown {
  if (error instanceof KubeError) return recordAttempts(error, attempts, previous);
  // How far the last attempt got is unknown.
  if (previous instanceof Error && request.signal?.aborted)
    return interrupted(request, previous, attempts, { sent: true, outcomeUnknown: !changesNothing(request) });
  return error;
}

/** The run ended during a wait or a retry: the cause is the run's reason, or else the last error, which the message always quotes. */
function interrupted(
  request: KubeRequest,
  last: unknown,
  attempts: number,
  { sent, outcomeUnknown }: Pick<TransportError, "sent" | "outcomeUnknown">,
): TransportError {
  const met = last instanceof Error ? last.message : String(last);
  const error = new TransportError(`stopped while retrying, after ${attempts} attempts. The last error: ${met}`, {
    code: "ABORTED",
    sent,
    outcomeUnknown,
    attributes: request.attributes,
    hint: last instanceof ApiError || last instanceof TransportError ? last.hint : undefined,
    cause: request.signal?.reason ?? last,
  });
  return recordAttempts(error, attempts, undefined);
}

/** Default number of retries. */
export const MAX_RETRIES = 10;
/** First wait, in milliseconds. */
const BASE_DELAY_MS = 200;
/** Longest wait, unless the server asks for more, in milliseconds. */
const MAX_DELAY_MS = 10_000;
/** Fraction that is randomly added to the server's Retry-After, so that clients do not return all at once. */
const RETRY_AFTER_JITTER = 0.1;

/** What to do after a failed attempt. */
type RetryDecision =
  | { readonly retry: false }
  | { readonly retry: true; readonly delayMs: number; readonly throttled: boolean };

const GIVE_UP: RetryDecision = { retry: false };

/**
 * Decides whether to retry a request. Reads always may; a write only if it was certainly not executed (never sent, or refused with 429 or with
 * 503 and Retry-After, unless proxied) or is idempotent.
 *
 * @param attempt 1 after the first attempt
 * @param random from 0 to 1
 */
function decideRetry(
  request: KubeRequest,
  error: unknown,
  attempt: number,
  random: () => number,
  maxRetries = MAX_RETRIES,
): RetryDecision {
  if (attempt > maxRetries) return GIVE_UP;
  if (error instanceof TransportError) return afterSilence(request, error, attempt, random);
  if (error instanceof ApiError) return afterAnswer(request, error, attempt, random);
  return GIVE_UP;
}

function afterSilence(
  request: KubeRequest,
  error: TransportError,
  attempt: number,
  random: () => number,
): RetryDecision {
  if (isCertain(error)) return GIVE_UP;
  if (!changesNothing(request) && error.sent && !request.idempotent) return GIVE_UP;
  return { retry: true, delayMs: backoffMs(attempt, random), throttled: false };
}

/** Permanent failures: certificates and keys, settings and headers, a proxy's refusal, a closed client. */
const PERMANENT =
  /CERT|UNABLE_TO|ERR_TLS|ERR_OSSL|SELF_SIGNED|ERR_INVALID|ERR_UNESCAPED|BAD_ENCODING|ANSWER_TOO_LARGE|PROXY_REFUSED|CLIENT_CLOSED|RangeError/;

function isCertain(error: TransportError): boolean {
  return PERMANENT.test(error.code);
}

function afterAnswer(request: KubeRequest, error: ApiError, attempt: number, random: () => number): RetryDecision {
  if (isProxiedWrite(request)) return GIVE_UP;
  // A dry run does not count as a read here: a failing webhook answers 500 to it each time.
  const mayRepeat = isRead(request);
  const asked = error.retryAfterSeconds;
  const delayMs = asked === undefined ? backoffMs(attempt, random) : askedMs(asked, random);
  if (error.code === 429) {
    if (isBlockedByBudget(error) || (asked === undefined && !mayRepeat)) return GIVE_UP;
    return { retry: true, delayMs, throttled: true };
  }
  if (error.code === 503 && asked !== undefined) return { retry: true, delayMs, throttled: false };
  if (mayRepeat && [500, 502, 503, 504].includes(error.code) && !isTooLargeResourceVersion(error)) {
    return { retry: true, delayMs, throttled: false };
  }
  return GIVE_UP;
}

/** True for an eviction that a PodDisruptionBudget blocks: it is also a 429, although the server is not busy. */
export function isBlockedByBudget(error: unknown): error is ApiError {
  return error instanceof ApiError && error.causes.some((cause) => cause.reason === "DisruptionBudget");
}

/** The server's cache is older than the requested resourceVersion: the caller must request another. */
export function isTooLargeResourceVersion(error: unknown): boolean {
  return error instanceof ApiError && error.causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}

function askedMs(seconds: number, random: () => number): number {
  return seconds * 1_000 * (1 + RETRY_AFTER_JITTER * random());
}

/** The longest total wait after a failed attempt, in milliseconds. */
function longestWaitsMs(attempt: number, maxRetries = MAX_RETRIES): number {
  let sum = 0;
  for (let each = attempt; each <= maxRetries; each += 1) sum += ceilingMs(each);
  return sum;
}

/** Exponential backoff with jitter over the upper half. */
export function backoffMs(attempt: number, random: () => number): number {
  return ceilingMs(attempt) * (0.5 + 0.5 * random());
}

function ceilingMs(attempt: number): number {
  return Math.min(BASE_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
}
