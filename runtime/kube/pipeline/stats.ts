import { ApiError } from "../errors/api-error.ts";
import { KubeError, resourceText } from "../errors/kube-error.ts";
import type { KubeRequest, ResourceAttributes, Step } from "../requests/request.ts";
import { monotonicNow } from "../values/time.ts";

/** Successful mutations: verb → resource (`pods`, `deployments.apps`) → count. */
export type MutationCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A client's counters: read live by the status endpoint, the flight recorder and the report. */
export interface ClientStats {
  /** Requests sent, retries included. */
  readonly requests: number;
  readonly retries: number;
  /** Time spent waiting after 429 answers, in milliseconds. */
  readonly throttledMs: number;
  /** Successful mutations; in a dry run, those that would have been made. */
  readonly mutations: MutationCounts;
  /** The first 50 distinct texts of the server's Warning headers. */
  readonly warnings: readonly string[];
}

/** Maximum number of distinct warnings to keep. */
const MAX_WARNINGS = 50;

/** The counters that the pipeline updates; others only read them. */
export class StatsRecorder implements ClientStats {
  requests = 0;
  retries = 0;
  throttledMs = 0;
  /** Number of 429 answers. */
  throttles = 0;
  readonly mutations: Record<string, Record<string, number>> = {};
  readonly #warnings = new Set<string>();

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** @returns true if the text is new */
  warn(text: string): boolean {
    if (this.#warnings.has(text) || this.#warnings.size >= MAX_WARNINGS) return false;
    this.#warnings.add(text);
    return true;
  }

  mutated(verb: string, resource: string, count = 1): void {
    this.mutations[verb] ??= {};
    const byResource = this.mutations[verb];
    byResource[resource] = (byResource[resource] ?? 0) + count;
  }
}

/** One request that was sent, and its outcome; without names and values, so that metrics have low cardinality. */
export interface Trace {
  readonly verb: string;
  /** `pods`, `deployments.apps/scale`; the path of a non-resource request. */
  readonly resource: string;
  /** The path without its query, with the placeholders `{namespace}`, `{name}` and `{path}` (below a proxy). */
  readonly urlTemplate: string;
  /** The attempt, from 1. The repetition after a 401 with a new token has the same number. */
  readonly attempt: number;
  /** HTTP status; absent without an answer. */
  readonly status?: number;
  /** The reason of an error. */
  readonly reason?: string;
  /** Time to the answer's headers, in milliseconds. */
  readonly durationMs: number;
}

/** Counts and reports the requests that are sent: the innermost step, so that retries and repetitions after a 401 count. */
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
  const { attributes, method, path, attempt = 1 } = request;
  const [verb, resource] =
    attributes === undefined ? [method.toLowerCase(), path] : [attributes.verb, resourceText(attributes)];
  return { verb, resource, urlTemplate: attributes === undefined ? path : templateOf(attributes, path), attempt };
}

function templateOf(attributes: ResourceAttributes, path: string): string {
  const { group, version, resource, namespace, subresource } = attributes;
  const start = `/${group === "" ? "api" : `apis/${group}`}/${version}/`;
  const place = namespace === undefined ? "" : "namespaces/{namespace}/";
  // A list may be restricted to one name, which is then in its query.
  const segments = path.slice(start.length).split("/").length - (namespace === undefined ? 0 : 2);
  const name = segments > 1 ? "/{name}" : "";
  const rest = subresource === undefined ? "" : `/${subresource}${subresource === "proxy" ? "/{path}" : ""}`;
  return `${start}${place}${resource}${name}${rest}`;
}

function endOf(error: unknown): Pick<Trace, "status" | "reason"> {
  if (error instanceof ApiError) return { status: error.code, reason: error.reason };
  return { reason: error instanceof KubeError ? error.reason : "Aborted" };
}

/** Collects the API server's warnings, such as deprecated versions, also from error answers and streams. */
export function warnings(stats: StatsRecorder, onWarning?: (text: string) => void): Step {
  return (next) => async (request) => {
    const response = await next(request);
    const header = response.headers.warning;
    if (header !== undefined) {
      for (const text of parseWarnings(header)) {
        if (stats.warn(text)) onWarning?.(text);
      }
    }
    return response;
  };
}

/** One warning: `299 - "text"`, optionally followed by a quoted date. https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
const ONE_WARNING = /\s*(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?:,|$)/y;
/** The code that Kubernetes uses for its own warnings. */
const KUBERNETES_CODE = "299";
const MAX_TEXT_CHARACTERS = 1_024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/;

/** Parses Warning headers, each with one or more warnings. Skips invalid ones. */
export function parseWarnings(header: string | readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of typeof header === "string" ? [header] : header) {
    ONE_WARNING.lastIndex = 0;
    for (let match = ONE_WARNING.exec(line); match !== null; match = ONE_WARNING.exec(line)) {
      const text = (match[3] ?? "").replace(/\\(.)/g, "$1");
      if (match[1] === KUBERNETES_CODE && text !== "" && !CONTROL_CHARACTER.test(text)) {
        texts.push(text.slice(0, MAX_TEXT_CHARACTERS));
      }
      if (ONE_WARNING.lastIndex >= line.length) break;
    }
  }
  return texts;
}
