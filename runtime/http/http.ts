// `context.http`: calls to the hosts that a job declares, and to nothing else. `addresses.ts` decides what a name may resolve to. The calls are Node's own fetch, so that no HTTP client is in the bundle.
import { setTimeout as sleepFor } from "node:timers/promises";
import type { OutputOf, StandardSchema } from "../job/definition.ts";
import { type DurationText, parseDuration } from "../job/duration.ts";
import { type DeclaredHost, findHost, plainHost, portOf } from "../job/http-hosts.ts";
import { DryRunError, LimitExceededError, NotDeclaredError } from "../kube/errors/kube-error.ts";
import { type Lookup, systemLookup } from "./addresses.ts";
import { createAgent, type Dispatcher } from "./agent.ts";
import { HttpError } from "./http-error.ts";

/** What fetch takes, but for what errand decides itself: redirects are followed to declared hosts alone. */
export type HttpInit = Omit<RequestInit, "redirect" | "dispatcher"> & {
  /** For one try, its body included. Default: `30s`. */
  readonly timeout?: DurationText;
  /** Sent as the body, with `content-type: application/json`. */
  readonly json?: unknown;
};

/** Calls declared hosts, shaped like fetch. */
export interface Http {
  /**
   * Calls a URL. GET, HEAD, OPTIONS, PUT and DELETE are tried up to three times where the network fails or the answer is 408, 429, 502, 503 or 504, with back-off and Retry-After; other methods once.
   * In a dry run and a rehearsal, everything but GET and HEAD is withheld: the report lists it, and the answer is an empty 204.
   *
   * @returns an answer with a status from 200 to 299
   * @throws {HttpError} for any other status, and where no answer comes
   * @throws {NotDeclaredError} for a host or an address that `http` does not declare; nothing was sent
   */
  (url: string | URL, init?: HttpInit): Promise<Response>;
  /**
   * Calls a URL and reads its JSON, of at most 16 MiB.
   *
   * @param schema what the JSON must satisfy
   * @returns what the schema makes of it
   * @throws {HttpError} where it is not JSON or the schema refuses it; besides what a call throws
   * @throws {DryRunError} where the call is withheld, so that there is no answer
   */
  json<S extends StandardSchema>(url: string | URL, schema: S, init?: HttpInit): Promise<OutputOf<S>>;
}

/** What a run counts of its calls, by method and host, such as `GET prometheus.monitoring:9090`. */
export interface HttpCounts {
  /** Sent, tries and redirects included. */
  readonly calls: Readonly<Record<string, number>>;
  /** Not sent because the run only validates. */
  readonly withheld: Readonly<Record<string, number>>;
}

export interface HttpOptions {
  readonly hosts: readonly DeclaredHost[];
  /** The run's own: where a Service of one label is looked for. */
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Calls that may be sent. Absent: any number. */
  readonly limit?: number | undefined;
  /** Told once, when the run must stop even if the job catches the error. */
  readonly onLimit?: ((error: Error) => void) | undefined;
  /** Sends a call in place of Node's fetch, for tests: nothing is resolved then. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly lookup?: Lookup;
  /** Waits between tries. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** `http` of one pass, and what it counted. */
export interface HttpClient {
  readonly http: Http;
  readonly counts: HttpCounts;
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
/** A server that asks for more is not waited for. */
const LONGEST_WAIT_MS = 60_000;
/** Enough for a message, in bytes. */
const ERROR_BODY_MAX = 2_048;
const JSON_MAX = 16 * 2 ** 20;
/** What belongs to one origin and is not told to another. https://fetch.spec.whatwg.org/#concept-http-redirect-fetch */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
/** Distinct entries that a report has room for. */
const COUNTED_MAX = 20;

/** One request, which a redirect may turn into another. */
interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
  readonly timeoutMs: number;
  readonly init: Omit<RequestInit, "method" | "headers" | "body" | "signal">;
  readonly signal: AbortSignal;
}

/** Makes `http` for one pass of a run. */
export function createHttp(options: HttpOptions): HttpClient {
  const { hosts, dryRun, limit, onLimit } = options;
  const calls = new Map<string, number>();
  const withheld = new Map<string, number>();
  const fetchOf = createFetch(options);
  const wait = options.sleep ?? ((milliseconds) => sleepFor(milliseconds, undefined, { signal: options.signal }));
  let sent = 0;

  const send = async (call: Call): Promise<Response> => {
    options.signal.throwIfAborted();
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
    count(calls, nameOf(call));
    return await fetchOf(call, declared);
  };

  const tryAgain = async (call: Call): Promise<Response> => {
    const tries = IDEMPOTENT.includes(call.method) && !(call.body instanceof ReadableStream) ? TRIES_MAX : 1;
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
      admit(call, hosts);
      count(withheld, nameOf(call));
      return undefined;
    }
    for (let hops = 0; hops <= REDIRECTS_MAX; hops += 1) {
      const response = await tryAgain(call);
      const next = redirectOf(response, call);
      if (next === undefined) {
        if (response.ok) return response;
        throw await refusal(response, call);
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
    close: () => fetchOf.close(),
  };
}

interface CheckedFetch {
  (call: Call, declared: DeclaredHost): Promise<Response>;
  close(): Promise<void>;
}

/** Node's fetch, over connections whose addresses were checked. */
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

/** @throws {NotDeclaredError} for a host that the job does not declare: before its name is even resolved */
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

/** What a call is called wherever people see it: its path and query may hold secrets. */
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

/** The call that a redirect asks for. https://fetch.spec.whatwg.org/#http-redirect-fetch */
function redirectOf({ status, headers }: Response, call: Call): Call | undefined {
  const location = headers.get("location");
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  if (!URL.canParse(location, call.url)) return undefined;
  const url = new URL(location, call.url);
  const isRead = SAFE.includes(call.method);
  const becomesGet = (status === 303 && !isRead) || (status <= 302 && call.method === "POST");
  if (!becomesGet && call.body instanceof ReadableStream) return undefined;
  const next = new Headers(call.headers);
  if (url.origin !== call.url.origin) for (const name of CREDENTIALS) next.delete(name);
  if (!becomesGet) return { ...call, url, headers: next };
  for (const name of ["content-type", "content-length", "content-encoding", "content-language"]) next.delete(name);
  return { ...call, url, headers: next, method: "GET", body: undefined };
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function retryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function refusal(response: Response, call: Call): Promise<HttpError> {
  const { status, statusText } = response;
  const body = (await readText(response, ERROR_BODY_MAX).catch(() => ({ text: "" }))).text;
  const [line = ""] = body.trim().split("\n");
  const message = `${nameOf(call)} answered ${[status, statusText].join(" ").trim()}${line === "" ? "" : `: ${line}`}`;
  return new HttpError(message, { ...fieldsOf(call), status, body });
}

/** fetch says "fetch failed", and the reason is in the cause. */
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
  const { text, isWhole } = await readText(response, JSON_MAX);
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

/** Reads a body up to a number of bytes, and lets go of the rest. */
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
