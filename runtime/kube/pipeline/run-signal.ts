import type { Step } from "../requests/request.ts";
import { eitherSignal } from "../values/either-signal.ts";

/** Puts every request under the run's own signal beside the one that it was given. */
export function runSignal(signal: AbortSignal | undefined): Step {
  return (next) => {
    if (signal === undefined) return next;
    return (request) => next({ ...request, signal: eitherSignal(request.signal, signal) });
  };
}
