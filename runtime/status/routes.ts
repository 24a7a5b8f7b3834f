import type { Report } from "../run/report/report.ts";
import type { MetricsText } from "./metrics.ts";

/** What the endpoint tells about. */
export interface StatusSource {
  /** The report so far. */
  readonly report: () => Report;
  /** The run in numbers, in the format that a scraper asks for; absent where the job file opens nothing. @param accept its `Accept` header */
  readonly metrics?: (accept: string) => Promise<MetricsText>;
}

/** Both ends of a connection, as its socket names them. */
export interface Connection {
  readonly localAddress: string | undefined;
  readonly remoteAddress: string | undefined;
}

export interface Question {
  readonly method: string;
  /** With its query, if there is one. */
  readonly url: string;
  /** The `Accept` header. */
  readonly accept: string;
  readonly connection: Connection;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const METRICS_PATH = "/metrics";
const LOOPBACK_ONLY =
  "only loopback may read this: use kubectl port-forward, so that Kubernetes decides who may (pods/portforward)\n";

/**
 * Answers a question to the pod's status endpoint. What a run says about itself is for those who may reach the pod's loopback; strangers may read the
 * metrics where there are any.
 */
export async function answerStatus({ report, metrics }: StatusSource, question: Question): Promise<Answer> {
  const { method, url, accept, connection } = question;
  const [path = ""] = url.split("?");
  const isRead = method === "GET" || method === "HEAD";
  const asksMetrics = metrics !== undefined && path === METRICS_PATH && isRead;
  if (!asksMetrics && !isOverLoopback(connection)) return text(403, LOOPBACK_ONLY);
  if (asksMetrics) {
    const { contentType, text: body } = await metrics(accept);
    return { status: 200, headers: { "content-type": contentType }, body };
  }
  switch (isRead ? path : undefined) {
    // Alive means that the event loop turns; ready means the same here, since the server starts once the run has begun.
    case "/healthz":
    case "/readyz":
      return text(200, "ok\n");
    case "/status":
      return json(report());
    case "/result": {
      const { result } = report();
      return result === undefined ? text(404, "there is no result yet\n") : json(result);
    }
    default:
      return text(404, `paths: /healthz /readyz /status /result${metrics === undefined ? "" : ` ${METRICS_PATH}`}\n`);
  }
}

function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function json(value: unknown): Answer {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status: 200, headers, body: JSON.stringify(value) };
}

/** 127.0.0.1 as IPv6 writes it, where one socket listens for both families (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:/;
const LOOPBACK = ["127.0.0.1", "::1"];

/**
 * True where both ends are this pod's loopback, each by the address that the kernel gives to whatever asks `localhost`, as a port-forward does. The rest of 127.0.0.0/8 is not:
 * a mesh's proxy forwards what strangers ask it from addresses such as 127.0.0.6.
 */
export function isOverLoopback({ localAddress, remoteAddress }: Connection): boolean {
  return [localAddress, remoteAddress].every((address) => LOOPBACK.includes(address?.replace(MAPPED, "") ?? ""));
}
