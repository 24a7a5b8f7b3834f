import { ApiError, boundedSeconds, isStatus, readStatus, reasonOfCode, type Status } from "../errors/api-error.ts";
import { LOOK_AT_OBJECT, NOT_KNOWN, requestText, TransportError } from "../errors/kube-error.ts";
import { changesNothing, isProxiedWrite, type KubeRequest, type KubeResponse, type Step } from "../requests/request.ts";
import { parseJson } from "../values/json.ts";

/** How much of an error's body is read, in bytes: a Status with many causes fits. */
const MAX_ERROR_BYTES = 256 * 1024;
/** How much of an answer that is not a Status is quoted, in characters. */
const MAX_QUOTED_CHARACTERS = 2_048;
/** How long an error's body may take, in milliseconds. */
const ERROR_BODY_MS = 10_000;
/** The server timed out and may still be working (504), or a proxy lost the connection after passing the request on (502). */
const MAY_BE_MADE: readonly number[] = [502, 504];

/** Turns every unsuccessful answer into an ApiError. Redirects are errors too: a token is sent to one host only. */
export const statusErrors: Step = (next) => async (request) => {
  const response = await next(request);
  if (response.socket !== undefined) return response;
  if (response.status >= 200 && response.status < 300) {
    refuseEncoding(request, response);
    return response;
  }
  throw apiErrorOf(request, response, await cappedText(response));
};

export function apiErrorOf(request: KubeRequest, response: KubeResponse, text: string): ApiError {
  const status = parseStatus(text);
  const code = response.status >= 300 ? response.status : (status?.code ?? 500);
  const reason = status?.reason || reasonOfCode(code);
  const what = requestText(request.attributes, `${request.method} ${request.path}`);
  const serverMessage = status?.message ?? quoted(request, response, text);
  const explained = serverMessage === "" ? "" : `: ${serverMessage}`;
  const outcomeUnknown = !changesNothing(request) && mayBeMade(request, code);
  return new ApiError(`${what}: ${code} ${reason}${explained}${outcomeUnknown ? NOT_KNOWN : ""}`, {
    code,
    reason,
    outcomeUnknown,
    ...(outcomeUnknown ? { hint: LOOK_AT_OBJECT } : {}),
    details: status?.details,
    retryAfterSeconds: retryAfterSeconds(header(response, "retry-after")) ?? status?.details?.retryAfterSeconds,
    auditId: header(response, "audit-id"),
    flowSchemaUid: header(response, "x-kubernetes-pf-flowschema-uid"),
    continueToken: status?.metadata?.continue || undefined,
    serverMessage,
    attributes: request.attributes,
  });
}

/** What is behind the API server's proxy may fail or redirect after a change: only a refusal shows that nothing was changed. */
function mayBeMade(request: KubeRequest, code: number): boolean {
  return isProxiedWrite(request) ? code < 400 || code >= 500 : MAY_BE_MADE.includes(code);
}

function parseStatus(text: string): Status | undefined {
  try {
    return readStatus(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Quotes answers of proxies and load balancers if they are text; names only the type of others, and of those that may echo the request. */
function quoted(request: KubeRequest, response: KubeResponse, text: string): string {
  const type = header(response, "content-type") ?? "";
  if (isProxiedWrite(request) || !/^text\/|json|^$/.test(type) || text.includes("\0"))
    return `an answer of type ${type}`;
  return text.slice(0, MAX_QUOTED_CHARACTERS).trim();
}

async function cappedText(response: KubeResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // A watch or a log may be silent for any time, but its error must not be.
  const timer = setTimeout(() => void response.body.dump(), ERROR_BODY_MS).unref();
  try {
    for await (const chunk of response.body) {
      parts.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= MAX_ERROR_BYTES) break;
    }
  } catch {
    // The code alone is enough.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts).toString("utf8", 0, MAX_ERROR_BYTES);
}

function refuseEncoding(request: KubeRequest, response: KubeResponse): void {
  const encoding = header(response, "content-encoding");
  if (encoding === undefined || encoding === "identity") return;
  void response.body.dump();
  throw new TransportError(`${request.path}: the answer is encoded as "${encoding}", which was not asked for`, {
    code: "BAD_ENCODING",
    sent: true,
    outcomeUnknown: !changesNothing(request),
    attributes: request.attributes,
  });
}

function header(response: KubeResponse, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Reads every answer that is not streamed to its end, so that an incomplete or unreadable one can be retried. */
export const wholeAnswer: Step = (next) => async (request) => {
  const response = await next(request);
  if (request.stream || request.chunked) return response;
  const text = await response.body.text();
  const whole = { ...response, body: textContent(text) };
  if (!isJson(typeOf(response)) && !asksForJson(request)) return whole;
  const json = parseAnswer(request, response, text);
  if (isStatus(json) && json.status === "Failure") throw apiErrorOf(request, response, text);
  return { ...whole, json };
};

function typeOf({ headers }: KubeResponse): string {
  return String(headers["content-type"] ?? "");
}

function isJson(type: string): boolean {
  return type.includes("json");
}

/** JSON is the default. */
function asksForJson({ headers }: KubeRequest): boolean {
  return isJson(String(headers.accept ?? "json"));
}

/**
 * A proxy or load balancer may answer in the server's place, with a page or an empty body: that is not an object, and a write's outcome is then unknown.
 * The server itself declares some of its JSON as text, such as the list of OpenAPI documents.
 */
function parseAnswer(request: KubeRequest, response: KubeResponse, text: string): unknown {
  const type = typeOf(response);
  const isCalledJson = type === "" || isJson(type);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    if (isCalledJson) {
      throw unreadable(request, response, text === "" ? "is empty" : `is not JSON (${text.length} characters)`);
    }
  }
  if (isObject(json) && (isCalledJson || type.startsWith("text/plain"))) return json;
  throw unreadable(request, response, isCalledJson ? "is not an object" : `is of type ${type.slice(0, 100)}, not JSON`);
}

/** All JSON answers of the API server are objects. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(request: KubeRequest, { status }: KubeResponse, problem: string): TransportError {
  const what = requestText(request.attributes, `${request.method} ${request.path}`);
  return new TransportError(`${what}: the API server's answer ${status} ${problem}`, {
    code: "BAD_ANSWER",
    sent: true,
    outcomeUnknown: !changesNothing(request),
    attributes: request.attributes,
  });
}

function textContent(text: string): KubeResponse["body"] {
  return {
    text: async () => text,
    dump: async () => {},
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text);
    },
  };
}

/**
 * Reads a Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3).
 * @returns seconds from 0 to 60; undefined if missing or invalid
 */
export function retryAfterSeconds(text: string | undefined, now: () => number = Date.now): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return boundedSeconds(Number(trimmed));
  if (!/^[A-Z][a-z]{2}, /.test(trimmed)) return undefined;
  const seconds = (Date.parse(trimmed) - now()) / 1_000;
  return seconds === 0 ? undefined : boundedSeconds(seconds);
}
