import type { Step } from "../request.ts";

/** Puts every request under the run's own signal beside the one that it was given. */
export function runSignal(signal: AbortSignal | undefined): Step {
  return (next) => {
    if (signal === undefined) return next;
    return (request) => {
      const both =
        request.signal === undefined || request.signal === signal ? signal : AbortSignal.any([signal, request.signal]);
      return next({ ...request, signal: both });
    };
  };
}
