import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { ApiStatusError, expired } from "../objects/api-status.ts";
import type { Backend } from "../verbs/backend.ts";
import type { FaultEffect } from "./faults.ts";

const REASON_OF_CODE: Readonly<Record<number, string>> = {
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** Makes a fault happen. @returns what the client gets instead of its answer, or undefined where the request goes on @throws {ApiStatusError} */
export function befall(effect: FaultEffect, backend: Backend, { incoming }: HttpBindings): Response | undefined {
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

/** API Priority and Fairness answers plain text, and names the flow that was full. */
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
  if (code === 410) return expired("The provided continue parameter is too old (a fault that was asked for)");
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return new ApiStatusError(code, REASON_OF_CODE[code] ?? "Unknown", "a fault that was asked for", details);
}
