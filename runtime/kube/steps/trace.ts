import type { Step } from "../request.ts";
import type { StatsRecorder } from "../stats.ts";

/** Counts what really goes out: the innermost step, so that retries and second tries after a 401 count. */
export function trace(stats: StatsRecorder): Step {
  return (next) => (request) => {
    stats.requests += 1;
    return next(request);
  };
}
