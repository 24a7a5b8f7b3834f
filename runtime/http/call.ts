import { type DurationText, parseDuration } from "../job/duration.ts";
import { type DeclaredHost, findHost, plainHost, portOf } from "../job/http-hosts.ts";
import { NotDeclaredError } from "../kube/errors/kube-error.ts";

/** The options of fetch, except those that errand controls: redirects are followed to declared hosts only. */
export type HttpInit = Omit<RequestInit, "redirect" | "dispatcher"> & {
  /** For one attempt, including the body. Default: `30s`. */
  readonly timeout?: DurationText;
  /** Sent as the body, with `content-type: application/json`. */
  readonly json?: unknown;
};

const DEFAULT_TIMEOUT = "30s";
/** Methods that change nothing, and are sent in a dry run too. */
export const SAFE = ["GET", "HEAD"];
/** Headers that are not sent to another origin. https://fetch.spec.whatwg.org/#concept-http-redirect-fetch */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];

/** A request, which a redirect may change. */
export interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
  readonly timeoutMs: number;
  readonly init: Omit<RequestInit, "method" | "headers" | "body" | "signal">;
  readonly signal: AbortSignal;
}

export function readCall(input: string | URL, init: HttpInit, runSignal: AbortSignal): Call {
  if (!URL.canParse(String(input))) throw new RangeError("http: expected an absolute URL, such as https://example.com");
  const { timeout = DEFAULT_TIMEOUT, method = "GET", json, signal, ...rest } = init;
  const { headers: given, body = json === undefined ? undefined : JSON.stringify(json), ...others } = rest;
  const url = new URL(String(input));
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new RangeError("http: expected an http or https URL");
  // fetch refuses such a URL, and quotes it.
  if (url.username !== "" || url.password !== "") {
    throw new RangeError("http: a URL cannot hold a user name or password; send an authorization header");
  }
  const headers = new Headers(given);
  if (json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  return {
    url,
    method: method.toUpperCase(),
    headers,
    body,
    timeoutMs: parseDuration(timeout),
    init: others,
    signal: signal == null ? runSignal : AbortSignal.any([runSignal, signal]),
  };
}

/** @throws {NotDeclaredError} for an undeclared host, before its name is resolved */
export function admit(call: Call, hosts: readonly DeclaredHost[]): DeclaredHost {
  const declared = findHost(hosts, call.url);
  if (declared !== undefined) return declared;
  const host = hostText(call.url);
  throw new NotDeclaredError(`${nameOf(call)} is not declared; nothing was sent`, {
    hint: `add "${host}" to http in the job file: http: [${[...hosts.map(hostOf), host].map((each) => `"${each}"`).join(", ")}]`,
  });
}

function hostOf({ name, isWildcard, port }: DeclaredHost): string {
  const text = name.includes(":") ? `[${name}]` : name;
  return `${isWildcard ? "*." : ""}${text}${port === 443 ? "" : `:${port}`}`;
}

function hostText(url: URL): string {
  return hostOf({ name: plainHost(url), isWildcard: false, port: portOf(url) });
}

/** A call's name in messages, without path and query, which may be secret. */
export function nameOf({ method, url }: Call): string {
  return `${method} ${hostText(url)}`;
}

export function fieldsOf(call: Call) {
  return { method: call.method, host: hostText(call.url) };
}

/** The call after a redirect. https://fetch.spec.whatwg.org/#http-redirect-fetch */
export function redirectOf({ status, headers }: Response, call: Call): Call | undefined {
  const location = headers.get("location");
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  if (!URL.canParse(location, call.url)) return undefined;
  const url = new URL(location, call.url);
  Object.assign(url, { username: "", password: "" });
  const isRead = SAFE.includes(call.method);
  const becomesGet = (status === 303 && !isRead) || (status <= 302 && call.method === "POST");
  if (!becomesGet && !isReplayable(call.body)) return undefined;
  const next = new Headers(call.headers);
  if (url.origin !== call.url.origin) for (const name of CREDENTIALS) next.delete(name);
  if (!becomesGet) return { ...call, url, headers: next };
  for (const name of ["content-type", "content-length", "content-encoding", "content-language"]) next.delete(name);
  return { ...call, url, headers: next, method: "GET", body: undefined };
}

/** A stream or an iterator is read once, and would be empty the second time. */
export function isReplayable(body: RequestInit["body"]): boolean {
  if (body == null || typeof body === "string" || ArrayBuffer.isView(body)) return true;
  return [ArrayBuffer, Blob, FormData, URLSearchParams].some((type) => body instanceof type);
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
export function retryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
