// `context.http`: calls to declared hosts only. `call.ts` is what is asked, `answer.ts` what comes back, and `addresses.ts` decides which addresses a name may resolve to. Uses Node's own fetch, so that no HTTP client is in the bundle.
import { setTimeout as sleepFor } from "node:timers/promises";
import type { OutputOf, StandardSchema } from "../job/definition.ts";
import { type DeclaredHost, plainHost } from "../job/http-hosts.ts";
import { DryRunError, LimitExceededError } from "../kube/errors/kube-error.ts";
import { type Lookup, systemLookup } from "./addresses.ts";
import { createAgent, type Dispatcher } from "./agent.ts";
import { readJson, refusal, unreachable } from "./answer.ts";
import {
  admit,
  type Call,
  fieldsOf,
  type HttpInit,
  isReplayable,
  nameOf,
  readCall,
  redirectOf,
  retryAfterMs,
  SAFE,
} from "./call.ts";
import { HttpError } from "./http-error.ts";

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

const TRIES_MAX = 3;
const REDIRECTS_MAX = 10;
const RETRIED_STATUSES = [408, 429, 502, 503, 504];
/** https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
const FIRST_WAIT_MS = 500;
/** Longest Retry-After that is respected; otherwise no retry. */
const LONGEST_WAIT_MS = 60_000;
/** Maximum number of distinct entries in a report. */
const COUNTED_MAX = 20;

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

function count(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < COUNTED_MAX ? name : "others";
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
