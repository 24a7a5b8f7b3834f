import type { RequestOptions } from "node:http";
import { LOOK_AT_OBJECT, NOT_KNOWN, requestText, TransportError } from "../errors/kube-error.ts";
import { changesNothing, type KubeRequest, type Send } from "../requests/request.ts";
import { Exchange } from "./exchange.ts";
import type { Pools } from "./pools.ts";

/** The API server itself answers or gives up within 60 s. */
export interface TransportTimeouts {
  /** For the first byte of an answer, in milliseconds. Default: 75 s. */
  readonly headersMs: number;
  /** Between two parts of a finite answer, in milliseconds. Default: 60 s. */
  readonly bodyMs: number;
}

export const DEFAULT_TIMEOUTS: TransportTimeouts = { headersMs: 75_000, bodyMs: 60_000 };

interface TransportOptions {
  /** For an answer that is read whole. Default: 64 MiB. */
  readonly maxAnswerBytes?: number | undefined;
}

/** TLS error codes for a certificate without a trusted CA. */
const DISTRUST = /CERT|UNABLE_TO|SELF_SIGNED/;

/** The innermost step: sends a request over a pooled connection and resolves with the answer once its headers have arrived. */
export function createTransport(
  pools: Pools,
  timeouts: TransportTimeouts = DEFAULT_TIMEOUTS,
  options: TransportOptions = {},
): Send {
  const move = moveWith(pools, timeouts, options);
  return async (request) => {
    const { trust } = pools;
    try {
      return await move(request);
    } catch (error) {
      if (!(error instanceof TransportError) || error.sent || !DISTRUST.test(error.code)) throw error;
      // The cluster may have a new CA bundle.
      if (!(await pools.renewTrust(trust))) throw error;
      return move(request);
    }
  };
}

function moveWith(pools: Pools, timeouts: TransportTimeouts, { maxAnswerBytes }: TransportOptions): Send {
  return async (request) => {
    request.signal?.throwIfAborted();
    const explain = (cause: Error, sent: boolean): unknown => {
      if (request.signal?.aborted) return request.signal.reason;
      return transportError(request, cause, sent);
    };
    // Serialized before the first attempt.
    const body = request.body as string | undefined;
    const exchange = new Exchange({
      request: requestOptions(pools, request, body),
      isUpgrade: request.upgrade !== undefined,
      body,
      headersTimeoutMs: timeouts.headersMs,
      bodyTimeoutMs: request.stream ? 0 : timeouts.bodyMs,
      signal: request.signal,
      maxAnswerBytes,
      explain: (cause) => explain(cause, true),
    });
    try {
      const lease = await pools.lease(request);
      if (request.signal?.aborted) {
        lease.release();
        throw request.signal.reason;
      }
      const response = await exchange.run(lease);
      if (response.socket !== undefined) pools.adopt(response.socket);
      return response;
    } catch (cause) {
      throw explain(cause instanceof Error ? cause : new Error(String(cause)), exchange.sent);
    }
  };
}

function requestOptions(
  pools: Pools,
  { path, query, method, headers, upgrade }: KubeRequest,
  body: string | undefined,
): RequestOptions {
  return {
    path: requestTarget(pools.pathPrefix, { path, query }),
    method,
    headers: {
      ...headers,
      // Node omits it for a DELETE, but Kubernetes reads its options from the body.
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
      ...(upgrade === undefined ? {} : { connection: "upgrade", upgrade }),
    },
  };
}

/** The raw request target: built from escaped parts, never with `new URL`, which would resolve dots. */
export function requestTarget(prefix: string, request: Pick<KubeRequest, "path" | "query">): string {
  const query = request.query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return query === "" ? prefix + request.path : `${prefix}${request.path}?${query}`;
}

function transportError(request: KubeRequest, cause: Error, sent: boolean): TransportError {
  if (cause instanceof TransportError) return cause;
  const what = requestText(request.attributes, `${request.method} ${request.path}`);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  // Node's parser adds the raw packet to its errors, which may contain a Secret.
  if ("rawPacket" in cause) delete cause.rawPacket;
  const outcomeUnknown = sent && !changesNothing(request);
  const consequence = outcomeUnknown ? NOT_KNOWN : "";
  const problem =
    code === "ANSWER_TOO_LARGE" ? cause.message : `no answer from the API server: ${reasonText(cause, code)}`;
  return new TransportError(`${what}: ${problem}${consequence}`, {
    code,
    sent,
    outcomeUnknown,
    attributes: request.attributes,
    cause,
    ...(outcomeUnknown ? { hint: LOOK_AT_OBJECT } : {}),
  });
}

function reasonText(cause: Error, code: string): string {
  // A name with several addresses, all unreachable.
  if (cause instanceof AggregateError) return cause.errors.map((each: Error) => each.message).join(", ");
  return cause.message.includes(code) ? cause.message : `${cause.message} (${code})`;
}
