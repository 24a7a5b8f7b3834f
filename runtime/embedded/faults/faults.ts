import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { reasonOfCode } from "../../kube/errors/api-error.ts";
import { ApiStatusError, expired } from "../objects/api-status.ts";
import type { Backend } from "../verbs/backend.ts";
import type { RequestInfo } from "../verbs/request-info.ts";

/** What happens instead of an answer. */
export type FaultEffect =
  /** A 429 from API Priority and Fairness, with Retry-After. */
  | { readonly kind: "throttle"; readonly retryAfterSeconds: number }
  /** A Status with this code; the reason of a 410 is Expired. */
  | { readonly kind: "status"; readonly code: number; readonly retryAfterSeconds?: number }
  /** The connection is reset without an answer. */
  | { readonly kind: "reset" }
  /** Expires all tokens but the administrator's, then answers the request: 401 for a job. */
  | { readonly kind: "expireTokens" }
  /** Compacts the history, then answers the request: 410 for continue tokens and watches. */
  | { readonly kind: "compact" };

/** A fault, and the requests that it applies to. */
export interface Fault {
  readonly effect: FaultEffect;
  /** RBAC's verb, or the lower-case method of a non-resource request. Default: any. */
  readonly verb?: string;
  /** Plural of the resource. Default: any request. */
  readonly resource?: string;
  /** Number of requests it applies to. Default: 1. */
  readonly times?: number;
  /** Number of matching requests to skip first. Default: 0. */
  readonly after?: number;
}

/** Declared here to keep the server's types out of the package's. */
interface Connection {
  readonly incoming: { readonly socket: { destroy(): void } };
}

interface Pending {
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** The faults that have not all happened yet. */
export class PendingFaults {
  readonly #pending: Pending[] = [];

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): void {
    this.#pending.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  /** The effect on a request, if any; counts towards the fault's `times`. */
  take(info: RequestInfo): FaultEffect | undefined {
    for (const pending of this.#pending) {
      if (pending.left <= 0 || !matches(pending.fault, info)) continue;
      if (pending.skip > 0) {
        pending.skip -= 1;
        continue;
      }
      pending.left -= 1;
      return pending.fault.effect;
    }
    return undefined;
  }
}

function matches({ verb, resource }: Fault, info: RequestInfo): boolean {
  if (verb !== undefined && verb !== info.verb) return false;
  return resource === undefined || (info.about === "resource" && info.resource === resource);
}

/** Applies a fault. @returns the answer; undefined to process the request normally @throws {ApiStatusError} for the effect `status` */
export function applyFault(effect: FaultEffect, backend: Backend, { incoming }: Connection): Response | undefined {
  switch (effect.kind) {
    case "throttle":
      return throttled(effect.retryAfterSeconds);
    case "status":
      throw statusOf(effect.code, effect.retryAfterSeconds);
    case "reset":
      incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    case "expireTokens":
      backend.tokens.expireAll();
      return undefined;
    case "compact":
      backend.store.compact();
      return undefined;
  }
}

/** API Priority and Fairness answers in plain text and names the flow schema. */
function throttled(retryAfterSeconds: number): Response {
  return new Response("Too many requests, please try again later.\n", {
    status: 429,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "retry-after": String(retryAfterSeconds),
      "x-kubernetes-pf-flowschema-uid": "00000000-0000-0000-0000-000000000001",
      "x-kubernetes-pf-prioritylevel-uid": "00000000-0000-0000-0000-000000000002",
    },
  });
}

function statusOf(code: number, retryAfterSeconds: number | undefined): ApiStatusError {
  if (code === 410) return expired("The provided continue parameter is too old (an injected fault)");
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return new ApiStatusError(code, reasonOfCode(code), "an injected fault", details);
}
