import { ApiError } from "../errors/api-error.ts";
import { KubeError } from "../errors/kube-error.ts";
import { resourceWord } from "../errors/subject-text.ts";
import { monotonicNow } from "../monotonic-now.ts";
import type { KubeRequest, Step } from "../request.ts";
import type { StatsRecorder } from "../stats.ts";

/** One request as it went out and what came of it; without names and values, so that metrics of it stay few. */
export interface Trace {
  readonly verb: string;
  /** `pods`, `deployments.apps/scale`; the path where it is about no resource. */
  readonly resource: string;
  /** HTTP status; absent where no answer came. */
  readonly status?: number;
  /** The error's reason, where it is one. */
  readonly reason?: string;
  /** Until the headers of the answer, in milliseconds. */
  readonly durationMs: number;
}

/** Counts and tells what really goes out: the innermost step, so that retries and second tries after a 401 count. */
export function trace(stats: StatsRecorder, onRequest?: (trace: Trace) => void): Step {
  return (next) => async (request) => {
    stats.requests += 1;
    if (onRequest === undefined) return next(request);
    const start = monotonicNow();
    const tell = (end: Pick<Trace, "status" | "reason">) => {
      onRequest({ ...aboutOf(request), ...end, durationMs: monotonicNow() - start });
    };
    try {
      const response = await next(request);
      tell({ status: response.status });
      return response;
    } catch (error) {
      tell(endOf(error));
      throw error;
    }
  };
}

function aboutOf({ subject, method, path }: KubeRequest): Pick<Trace, "verb" | "resource"> {
  return subject === undefined
    ? { verb: method.toLowerCase(), resource: path }
    : { verb: subject.verb, resource: resourceWord(subject) };
}

function endOf(error: unknown): Pick<Trace, "status" | "reason"> {
  if (error instanceof ApiError) return { status: error.code, reason: error.reason };
  return { reason: error instanceof KubeError ? error.reason : "Aborted" };
}
