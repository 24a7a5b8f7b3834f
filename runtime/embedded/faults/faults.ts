import type { RequestInfo } from "../verbs/request-info.ts";

/** What happens instead of the answer. */
export type FaultEffect =
  /** 429 as API Priority and Fairness sends it, to be tried again after some seconds. */
  | { readonly kind: "throttle"; readonly retryAfterSeconds: number }
  /** A Status of that code; with 410 the reason is Expired. */
  | { readonly kind: "status"; readonly code: number; readonly retryAfterSeconds?: number }
  /** The connection is reset before anything is answered. */
  | { readonly kind: "reset" }
  /** Every token but the administrator's is expired first; the request then meets 401. */
  | { readonly kind: "expireTokens" }
  /** What continue tokens and watches rely on is forgotten first. */
  | { readonly kind: "compact" };

/** A fault, and the requests that it befalls. */
export interface Fault {
  readonly effect: FaultEffect;
  /** RBAC's verb, or the lower-case method of a path request; absent means every one. */
  readonly verb?: string;
  /** Plural of the resource; absent means every request. */
  readonly resource?: string;
  /** How many requests it befalls before it is over. Default: 1. */
  readonly times?: number;
  /** How many matching requests pass before the first. Default: 0. */
  readonly after?: number;
}

interface Pending {
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** Faults that wait for their requests. */
export class FaultPlan {
  readonly #pending: Pending[] = [];

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): void {
    this.#pending.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  /** The effect that befalls a request, or undefined; each fault is used up by what it befalls. */
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
