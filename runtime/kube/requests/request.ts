/// <reference types="node" preserve="true" />
import type { Duplex } from "node:stream";
import type { Verb } from "../../job/access.ts";
import { jsonBody, jsonText, parseJson } from "../values/json.ts";

/**
 * The attributes of a request in RBAC's terms, used by the guard, the limits and error messages.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#review-your-request-attributes
 */
export interface ResourceAttributes {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent for cluster-scoped resources and for all namespaces at once. */
  readonly namespace?: string;
  readonly name?: string;
  /** True for a namespaced resource in all namespaces at once. */
  readonly allNamespaces?: boolean;
  /** Other verbs that the server also checks. */
  readonly alsoNeeds?: readonly Verb[];
}

/** In PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A request as a value, so that path, query and body can be tested without a server. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute, already escaped. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Serialized as JSON after all steps that read or change it; text, such as a proxied body, is sent unchanged. */
  readonly body?: object | string;
  /** Absent for non-resource URLs such as `/api` and `/version`. */
  readonly attributes?: ResourceAttributes;
  /** True if the answer is streamed and may never end (watch, logs): no body timeout. */
  readonly stream?: boolean;
  /** True for a finite answer that is decoded while it arrives (lists); others are read whole first. */
  readonly chunked?: boolean;
  /** True for an idempotent write (apply, delete of one uid): retried even if its outcome is unknown. */
  readonly idempotent?: boolean;
  /** True if the call itself asks for a dry run in a real run: it changes nothing and does not count. The query already says so. */
  readonly dryRun?: boolean;
  /** The protocol to upgrade to, such as `websocket`; the answer then has the socket. Never retried. */
  readonly upgrade?: string;
  /** The client certificate for the connection, if it may change while the process runs. */
  readonly certificate?: ClientCertificate;
  /** Precondition of a write: the server refuses it for another object with the same name. */
  readonly uid?: string | undefined;
  /** 0 if the caller itself counts the changes against the limits. */
  readonly count?: 0;
  /** Default: 1, the first attempt. */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
}

/** An answer whose body is not yet read. */
export interface KubeResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: ResponseContent;
  /** The parsed document, if the answer is JSON and was read whole. */
  readonly json?: unknown;
  /** The socket of an upgraded connection. */
  readonly socket?: Duplex;
}

/** The body of an answer: can be read once, in one of these ways. */
export interface ResponseContent extends AsyncIterable<Uint8Array> {
  /**
   * @param maxBytes default: the connection's
   * @throws {TransportError} with code ANSWER_TOO_LARGE for a larger one
   */
  text(maxBytes?: number): Promise<string>;
  /** Discards the rest of the body, and closes the connection if the body is incomplete. */
  dump(): Promise<void>;
}

/** Sends one request. Throws ApiError for an error answer, TransportError if no answer arrives. */
export type Send = (request: KubeRequest) => Promise<KubeResponse>;

/** One concern of the pipeline: wraps the next step. */
export type Step = (next: Send) => Send;

/**
 * Own properties for everything that a request leaves out. Otherwise, a `dryRun` or `count` that a dependency has left on Object.prototype
 * (prototype pollution) would count as the request's, and a rehearsal could delete.
 */
const ABSENT: Record<Optional<KubeRequest>, undefined> = {
  ...{ body: undefined, attributes: undefined, stream: undefined, chunked: undefined, idempotent: undefined },
  ...{ dryRun: undefined, upgrade: undefined, certificate: undefined, uid: undefined, count: undefined },
  attempt: undefined,
  signal: undefined,
};

type Optional<T> = { [Field in keyof T]-?: object extends Pick<T, Field> ? Field : never }[keyof T];

/** Composes steps, outermost first. */
export function compose(...steps: readonly Step[]): (transport: Send) => Send {
  return (transport) => {
    const send = steps.reduceRight((next, step) => step(next), transport);
    return (request) => send({ ...ABSENT, ...request } as KubeRequest);
  };
}

/**
 * Serializes the body of a request.
 * @throws {TypeError} for NaN and infinite numbers
 * @throws {RangeError} for a body above the API server's size limit
 */
export function bodyText(request: KubeRequest): string | undefined {
  const { body } = request;
  if (body === undefined || typeof body === "string") return body;
  // A proxied service has its own limit.
  return isProxiedWrite(request) ? jsonText(body) : jsonBody(body);
}

/** True for a write through the API server's proxy: the service behind it may answer, and may have acted before it failed. */
export function isProxiedWrite({ attributes, method }: Pick<KubeRequest, "method" | "attributes">): boolean {
  return attributes?.subresource === "proxy" && method !== "GET";
}

/** True for a request that changes nothing and can be repeated. */
export function isRead(request: Pick<KubeRequest, "method" | "upgrade">): boolean {
  return request.method === "GET" && request.upgrade === undefined;
}

/** True for reads and dry runs: even without an answer, their outcome is not unknown. */
export function changesNothing(request: Pick<KubeRequest, "method" | "upgrade" | "dryRun">): boolean {
  return isRead(request) || request.dryRun === true;
}

/** The document of an answer. Lists, watches and logs have their own decoders. */
export async function readJson<T>(response: KubeResponse): Promise<T> {
  return (response.json ?? parseJson(await response.body.text())) as T;
}
