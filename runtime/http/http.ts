// `context.http`: calls to declared hosts only. `addresses.ts` decides which addresses a name may resolve to. Uses Node's own fetch, so that no HTTP client is in the bundle.
import { setTimeout as sleepFor } from "node:timers/promises";
import type { OutputOf, StandardSchema } from "../job/definition.ts";
import { type DurationText, parseDuration } from "../job/duration.ts";
import { type DeclaredHost, findHost, plainHost, portOf } from "../job/http-hosts.ts";
import { DryRunError, LimitExceededError, NotDeclaredError } from "../kube/errors/kube-error.ts";
import { type Lookup, systemLookup } from "./addresses.ts";
import { createAgent, type Dispatcher } from "./agent.ts";
import { HttpError } from "./http-error.ts";

/** The options of fetch, except those that errand controls: redirects are followed to declared hosts only. */
export type HttpInit = Omit<RequestInit, "redirect" | "dispatcher"> & {
  /** For one attempt, including the body. Default: `30s`. */
  readonly timeout?: DurationText;
  /** Sent as the body, with `content-type: application/json`. */
  readonly json?: unknown;
};

/** Calls declared hosts, like fetch. */
export interface Http {
  /**
   * Calls a URL. GET, HEAD, OPTIONS, PUT and DELETE are tried up to three times after a network failure or 408, 429, 502, 503 or 504, with back-off and Retry-After; other methods are sent once.
   * In a dry run and a rehearsal, everything but GET and HEAD is withheld: the report lists it, and the answer is an empty 204.
   *
   * @returns an answer with a status from 200 to 299
   * @throws {HttpError} for any other status, or without an answer
   * @throws {NotDeclaredError} for a host or an address that `http` does not declare; nothing was sent
   */
  (url: string | URL, init?: HttpInit): Promise<Response>;
  /**
   * Calls a URL and reads its JSON, of at most 16 MiB.
   *
   * @param schema of the JSON
   * @returns the schema's output
   * @throws {HttpError} like a call, and if the answer is not JSON or does not match the schema
   * @throws {DryRunError} if the call is withheld, because there is no answer
   */
  json<S extends StandardSchema>(url: string | URL, schema: S, init?: HttpInit): Promise<OutputOf<S>>;
}

/** A run's calls by method and host, such as `GET prometheus.monitoring:9090`. */
export interface HttpCounts {
  /** Sent, including retries and redirects. */
  readonly calls: Readonly<Record<string, number>>;
  /** Not sent because of a dry run. */
  readonly withheld: Readonly<Record<string, number>>;
}

export interface HttpOptions {
  readonly hosts: readonly DeclaredHost[];
  /** The run's, for Services with a single label. */
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Maximum number of calls. Absent for none. */
  readonly limit?: number | undefined;
  /** Called once if the run must stop even if the job catches the error. */
  readonly onLimit?: ((error: Error) => void) | undefined;
  /** Takes secrets out of what an error tells of an answer. */
  readonly redact?: (text: string) => string;
  /** Replaces Node's fetch in tests; no names are resolved then. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly lookup?: Lookup;
  /** Waits between attempts. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** `http` of one pass, with its counts. */
export interface HttpClient {
  readonly http: Http;
  readonly counts: HttpCounts;
  /** Ends calls in flight. New calls are refused. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT = "30s";
const TRIES_MAX = 3;
const REDIRECTS_MAX = 10;
const RETRIED_STATUSES = [408, 429, 502, 503, 504];
/** https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
const SAFE = ["GET", "HEAD"];
const FIRST_WAIT_MS = 500;
/** Longest Retry-After that is respected; otherwise no retry. */
const LONGEST_WAIT_MS = 60_000;
/** In bytes. */
const ERROR_BODY_MAX = 2_048;
/** Read of it, so that no secret is cut before it is redacted. */
const ERROR_BODY_READ = 16_384;
const JSON_MAX = 16 * 2 ** 20;
/** Headers that are not sent to another origin. https://fetch.spec.whatwg.org/#concept-http-redirect-fetch */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
/** Maximum number of distinct entries in a report. */
const COUNTED_MAX = 20;

/** A request, which a redirect may change. */
interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
  readonly timeoutMs: number;
  readonly init: Omit<RequestInit, "method" | "headers" | "body" | "signal">;
  readonly signal: AbortSignal;
}

/** Creates `http` for one pass of a run. */
export function createHttp(options: HttpOptions): HttpClient {
  const { hosts, dryRun, limit, onLimit } = options;
  const calls = new Map<string, number>();
  const withheld = new Map<string, number>();
  const fetchOf = createFetch(options);
  const wait = options.sleep ?? ((milliseconds) => sleepFor(milliseconds, undefined, { signal: options.signal }));
  let sent = 0;
  let isClosed = false;

  /** Counts a call against the limit; one that a dry run withholds counts too, since the real run sends it. */
  const claim = (call: Call): DeclaredHost => {
    options.signal.throwIfAborted();
    if (isClosed) throw new Error(`${nameOf(call)}: the run is over; nothing was sent`);
    const declared = admit(call, hosts);
    if (limit !== undefined && sent >= limit) {
      const error = new LimitExceededError(`http: this call would be number ${sent + 1}; the limit is ${limit}`, {
        verb: "http",
        resource: plainHost(call.url),
        max: limit,
        hint: "raise limits.http in the job file if the job needs more calls",
      });
      onLimit?.(error);
      throw error;
    }
    sent += 1;
    return declared;
  };

  const send = async (call: Call): Promise<Response> => {
    const declared = claim(call);
    count(calls, nameOf(call));
    return await fetchOf(call, declared);
  };

  const tryAgain = async (call: Call): Promise<Response> => {
    const tries = IDEMPOTENT.includes(call.method) && isReplayable(call.body) ? TRIES_MAX : 1;
    for (let tried = 1; ; tried += 1) {
      const answer = await send(call).catch((error: unknown) => {
        if (error instanceof HttpError && tried < tries && !call.signal.aborted) return error;
        throw error;
      });
      const isFinal = answer instanceof Response && !RETRIED_STATUSES.includes(answer.status);
      if (answer instanceof Response && (isFinal || tried === tries)) return answer;
      const waitMs = answer instanceof Response ? retryAfterMs(answer) : undefined;
      if (answer instanceof Response && waitMs !== undefined && waitMs > LONGEST_WAIT_MS) return answer;
      if (answer instanceof Response) await answer.body?.cancel();
      await wait(waitMs ?? FIRST_WAIT_MS * 2 ** (tried - 1) * (0.5 + Math.random() / 2));
    }
  };

  const request = async (input: string | URL, init: HttpInit = {}): Promise<Response | undefined> => {
    let call = readCall(input, init, options.signal);
    if (dryRun && !SAFE.includes(call.method)) {
      claim(call);
      count(withheld, nameOf(call));
      return undefined;
    }
    for (let hops = 0; hops <= REDIRECTS_MAX; hops += 1) {
      const response = await tryAgain(call);
      const next = redirectOf(response, call);
      if (next === undefined) {
        if (response.ok) return response;
        throw await refusal(response, call, options.redact);
      }
      await response.body?.cancel();
      call = next;
    }
    throw new HttpError(`${nameOf(call)}: more than ${REDIRECTS_MAX} redirects`, fieldsOf(call));
  };

  const http = async (url: string | URL, init?: HttpInit) =>
    (await request(url, init)) ?? new Response(null, { status: 204, statusText: "Withheld in a dry run" });
  const json = async <S extends StandardSchema>(input: string | URL, schema: S, init?: HttpInit) => {
    const call = readCall(input, init ?? {}, options.signal);
    const response = await request(input, init);
    if (response === undefined) {
      throw new DryRunError(`${nameOf(call)} is withheld in a dry run, so there is no answer to read`, {
        hint: "skip the call if dryRun in the job's context is true",
      });
    }
    return (await readJson(response, schema, call)) as OutputOf<S>;
  };
  return {
    http: Object.assign(http, { json }),
    get counts() {
      return { calls: Object.fromEntries(calls), withheld: Object.fromEntries(withheld) };
    },
    close: () => {
      isClosed = true;
      return fetchOf.close();
    },
  };
}

interface CheckedFetch {
  (call: Call, declared: DeclaredHost): Promise<Response>;
  close(): Promise<void>;
}

/** Node's fetch over connections with checked addresses. */
function createFetch({ fetch, namespace, lookup = systemLookup }: HttpOptions): CheckedFetch {
  let agent: Dispatcher | undefined;
  const declaredHosts = new Map<string, DeclaredHost>();
  const fetchCall = async (call: Call, declared: DeclaredHost): Promise<Response> => {
    const { url, method, headers, body, init, timeoutMs } = call;
    declaredHosts.set(plainHost(url), declared);
    agent ??= fetch === undefined ? createAgent(declaredHosts, namespace, lookup) : undefined;
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(timeoutMs)]);
    const parts = { ...init, method, headers, redirect: "manual" as const, signal };
    const given = { ...parts, ...(body == null ? {} : { body, duplex: "half" as const }) };
    try {
      const dispatched = agent === undefined ? given : Object.assign(given, { dispatcher: agent });
      return await (fetch ?? globalThis.fetch)(url, dispatched);
    } catch (error) {
      call.signal.throwIfAborted();
      throw unreachable(error, call);
    }
  };
  return Object.assign(fetchCall, { close: async () => await agent?.destroy() });
}

function readCall(input: string | URL, init: HttpInit, runSignal: AbortSignal): Call {
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
function admit(call: Call, hosts: readonly DeclaredHost[]): DeclaredHost {
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
function nameOf({ method, url }: Call): string {
  return `${method} ${hostText(url)}`;
}

function fieldsOf(call: Call) {
  return { method: call.method, host: hostText(call.url) };
}

function count(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < COUNTED_MAX ? name : "others";
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The call after a redirect. https://fetch.spec.whatwg.org/#http-redirect-fetch */
function redirectOf({ status, headers }: Response, call: Call): Call | undefined {
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
function isReplayable(body: RequestInit["body"]): boolean {
  if (body == null || typeof body === "string" || ArrayBuffer.isView(body)) return true;
  return [ArrayBuffer, Blob, FormData, URLSearchParams].some((type) => body instanceof type);
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function retryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function refusal(response: Response, call: Call, redact = (text: string) => text): Promise<HttpError> {
  const { status, statusText } = response;
  const { text } = await readText(response, ERROR_BODY_READ).catch(() => ({ text: "" }));
  const body = Buffer.from(redact(withoutAddress(text, call.url)))
    .subarray(0, ERROR_BODY_MAX)
    .toString();
  const [line = ""] = body.trim().split("\n");
  const message = `${nameOf(call)} answered ${[status, statusText].join(" ").trim()}${line === "" ? "" : `: ${line}`}`;
  return new HttpError(message, { ...fieldsOf(call), status, body });
}

/** Shorter parts of an address are no secrets, and stand in many texts. */
const TELLING_LENGTH = 6;

/** Servers like to repeat what they were asked for, and a path or a query may be secret. */
function withoutAddress(text: string, { pathname, search, searchParams }: URL): string {
  const parts = [search, pathname, ...searchParams.values(), ...pathname.split("/")];
  const telling = parts.flatMap((part) => [part, decoded(part)]).filter((part) => part.length >= TELLING_LENGTH);
  return telling
    .toSorted((left, right) => right.length - left.length)
    .reduce((rest, part) => rest.replaceAll(part, "[…]"), text);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** fetch's message is only "fetch failed"; the reason is in its cause. */
function unreachable(error: unknown, call: Call): Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NotDeclaredError) return cause;
  }
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = isTimeout ? `no answer within ${call.timeoutMs / 1_000} s` : messageOf(cause);
  return new HttpError(`${nameOf(call)}: ${why}`, { ...fieldsOf(call), cause: error });
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(messageOf).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
}

async function readJson(response: Response, schema: StandardSchema, call: Call): Promise<unknown> {
  const { text, isWhole } = await readText(response, JSON_MAX).catch((error: unknown) => {
    call.signal.throwIfAborted();
    throw unreachable(error, call);
  });
  if (!isWhole) throw new HttpError(`${nameOf(call)}: the answer is longer than 16 MiB`, fieldsOf(call));
  const checked = await schema["~standard"].validate(parsed(text, call));
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.slice(0, 5).map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return keys === "" ? message : `${keys}: ${message}`;
  });
  throw new HttpError(`${nameOf(call)}: unexpected answer: ${issues.join("; ")}`, fieldsOf(call));
}

function parsed(text: string, call: Call): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(`${nameOf(call)}: the answer is not JSON`, { ...fieldsOf(call), cause });
  }
}

/** Reads a body up to a number of bytes, and discards the rest. */
async function readText(
  { body }: Response,
  most: number,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > most) break;
  }
  return { text: Buffer.concat(chunks).subarray(0, most).toString(), isWhole: length <= most };
}
