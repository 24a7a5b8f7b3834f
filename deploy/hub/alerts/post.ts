import type { Agent, ProxyAgent } from "undici";
import { proxyFromEnvironment } from "../../../runtime/kube/config/proxy-environment.ts";
import type { ChannelRequest } from "./channels.ts";

/** How a channel took a message. Nothing in `problem` is secret: neither the URL nor what the channel answered. */
export type PostAnswer =
  | { readonly taken: true }
  | { readonly taken: false; readonly problem: string; readonly isForGood: boolean; readonly retryAfterMs?: number };

/** For one try, in milliseconds. */
const TIMEOUT_MS = 15_000;
/** Of an answer nobody reads more. */
const ANSWER_BYTES_MAX = 64 * 1_024;

/** What passes by itself, or after somebody has mended the channel; other refusals are for good. */
const PASSING = [408, 425, 429];

export interface PostOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Certificate authorities besides Node's, as PEM. */
  readonly ca?: string;
}

/**
 * Sends a request once, with undici, which is loaded with the first one: through the proxy that the environment names, and to no other place that an answer redirects to.
 *
 * @returns how it was taken; whatever goes wrong is an answer too
 */
export async function post(
  { url, headers, body }: ChannelRequest,
  { env = process.env, timeoutMs = TIMEOUT_MS, ca }: PostOptions = {},
): Promise<PostAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  let dispatcher: Agent | ProxyAgent | undefined;
  const undici = await import("undici");
  try {
    const limits = { allowH2: false, maxResponseSize: ANSWER_BYTES_MAX };
    const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
    const proxy = proxyFromEnvironment(new URL(url).origin, env);
    dispatcher =
      proxy === undefined
        ? new undici.Agent({ ...limits, connect: tls })
        : new undici.ProxyAgent({ ...limits, uri: proxy, requestTls: tls });
    const answer = await undici.request(url, { method: "POST", headers, body, dispatcher, signal });
    const { statusCode, headers: answered } = answer;
    await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal });
    return answerOf(statusCode, String(answered["retry-after"] ?? ""));
  } catch (error) {
    const problem = signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error);
    return { taken: false, problem, isForGood: false };
  } finally {
    await dispatcher?.destroy();
  }
}

function answerOf(status: number, retryAfter: string): PostAnswer {
  if (status >= 200 && status < 300) return { taken: true };
  if (status >= 300 && status < 400) {
    return { taken: false, problem: `it answered ${status}: redirects are not followed`, isForGood: true };
  }
  const retryAfterMs = millisecondsOf(retryAfter);
  return {
    taken: false,
    problem: `it answered ${status}`,
    isForGood: status < 500 && !PASSING.includes(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function millisecondsOf(retryAfter: string): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Messages of Node and undici have addresses in them, and an address may be part of a secret: their codes say enough. */
function reasonOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const word = [code, cause?.code].find((each) => typeof each === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(each));
  return word === undefined ? "it could not be reached" : `it could not be reached (${word})`;
}
