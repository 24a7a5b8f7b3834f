import type { RequestOptions } from "node:http";
import { LOOK_AT_OBJECT, NOT_KNOWN, requestText, TransportError } from "../errors/kube-error.ts";
import { changesNothing, type KubeRequest, type Send } from "../requests/request.ts";
import { Exchange } from "./exchange.ts";
import type { Pools } from "./pools.ts";

/** How long the server may be silent. The API server answers or gives up within 60 s. */
export interface TransportTimeouts {
  /** Until the first byte of an answer, in milliseconds. Default: 75 s. */
  readonly headersMs: number;
  /** Between two parts of a finite answer, in milliseconds. Default: 60 s. */
  readonly bodyMs: number;
}

export const DEFAULT_TIMEOUTS: TransportTimeouts = { headersMs: 75_000, bodyMs: 60_000 };

interface TransportOptions {
  /** Of an answer that is read whole. Default: 64 MiB. */
  readonly maxAnswerBytes?: number | undefined;
}

/** What TLS says of a certificate that is not signed by an authority that is trusted. */
const DISTRUST = /CERT|UNABLE_TO|SELF_SIGNED/;

/** The innermost step: moves one request over a pooled connection and gives the answer as soon as its headers are there. */
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
      // The cluster may have a new CA bundle by now.
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
    // Written before the first try.
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
      // Node would leave it out for a DELETE, whose options Kubernetes reads from the body.
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
      ...(upgrade === undefined ? {} : { connection: "upgrade", upgrade }),
    },
  };
}

/** The raw request target: built from parts that are escaped already, never through `new URL`, which would resolve dots. */
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
  // What the server said may be a Secret; Node adds it to what its parser complains about.
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
  // A name with several addresses, none of which could be reached.
  if (cause instanceof AggregateError) return cause.errors.map((each: Error) => each.message).join(", ");
  return cause.message.includes(code) ? cause.message : `${cause.message} (${code})`;
}
