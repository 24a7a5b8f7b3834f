import { ApiError } from "../errors/api-error.ts";
import { KubeError } from "../errors/kube-error.ts";
import { resourceWord } from "../errors/subject-text.ts";
import type { KubeRequest, RequestSubject, Step } from "../requests/request.ts";
import { monotonicNow } from "../values/monotonic-now.ts";
import type { StatsRecorder } from "./stats.ts";

/** One request as it went out and what came of it; without names and values, so that metrics of it stay few. */
export interface Trace {
  readonly verb: string;
  /** `pods`, `deployments.apps/scale`; the path where it is about no resource. */
  readonly resource: string;
  /** The path with `{namespace}`, `{name}` and `{path}` (behind a proxy) for what differs from one object to the next, and without a query. */
  readonly urlTemplate: string;
  /** Which try of its call this is, from 1 on. The second one after a 401, which brings a new token, has the number of the first. */
  readonly attempt: number;
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

function aboutOf(request: KubeRequest): Pick<Trace, "verb" | "resource" | "urlTemplate" | "attempt"> {
  const { subject, method, path, attempt = 1 } = request;
  const [verb, resource] = subject === undefined ? [method.toLowerCase(), path] : [subject.verb, resourceWord(subject)];
  return { verb, resource, urlTemplate: subject === undefined ? path : templateOf(subject, path), attempt };
}

function templateOf(subject: RequestSubject, path: string): string {
  const { group, version, resource, namespace, subresource } = subject;
  const start = `/${group === "" ? "api" : `apis/${group}`}/${version}/`;
  const place = namespace === undefined ? "" : "namespaces/{namespace}/";
  // A list may be about one name, which then stands in its query.
  const segments = path.slice(start.length).split("/").length - (namespace === undefined ? 0 : 2);
  const name = segments > 1 ? "/{name}" : "";
  const rest = subresource === undefined ? "" : `/${subresource}${subresource === "proxy" ? "/{path}" : ""}`;
  return `${start}${place}${resource}${name}${rest}`;
}

function endOf(error: unknown): Pick<Trace, "status" | "reason"> {
  if (error instanceof ApiError) return { status: error.code, reason: error.reason };
  return { reason: error instanceof KubeError ? error.reason : "Aborted" };
}
