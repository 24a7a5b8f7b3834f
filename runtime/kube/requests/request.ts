/// <reference types="node" preserve="true" />
import type { Duplex } from "node:stream";
import type { Verb } from "../../job/access.ts";
import { jsonBody, jsonText, parseJson } from "../values/json.ts";

/**
 * What a request is about, in the words of RBAC: what the guard, the limits and error messages read.
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
  /** Verbs that the server asks for besides. */
  readonly alsoNeeds?: readonly Verb[];
}

/** Who a connection says it is, in PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A request as a value: it knows no sockets, so that path, query and body are tested without a server. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path, already escaped. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Written as JSON when everything that reads or changes it has done so; text, such as what goes through a proxy, is sent as it is. */
  readonly body?: object | string;
  /** Absent for non-resource URLs such as `/api` and `/version`. */
  readonly attributes?: ResourceAttributes;
  /** True where the answer is read as it arrives and may never end (watch, logs): it has no body timeout. */
  readonly stream?: boolean;
  /** True for a finite answer that is decoded while it arrives (lists); others are read whole before they are given on. */
  readonly chunked?: boolean;
  /** True for a write that leaves the same state when it is made twice (apply, delete of one uid): tried again even if its outcome is unknown. */
  readonly idempotent?: boolean;
  /** True where the call itself asks for a dry run, in a run that is none: nothing is changed, and nothing counted. It says so to the server already. */
  readonly dryRun?: boolean;
  /** The protocol that the connection changes to, such as `websocket`; the answer then has its socket. Never made twice. */
  readonly upgrade?: string;
  /** Who the connection has to say it is, where that may change while the process runs. */
  readonly certificate?: ClientCertificate;
  /** The only object that a write is for: the server refuses it for any other of that name. */
  readonly uid?: string | undefined;
  /** 0 where the sender counts against the limits what the mutation changes. */
  readonly count?: 0;
  /** Which try this is. Default: 1, the first. */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
}

/** An answer with its body still to be read. */
export interface KubeResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: ResponseContent;
  /** The parsed document, where the answer was JSON and read whole. */
  readonly json?: unknown;
  /** The connection, where it changed its protocol. */
  readonly socket?: Duplex;
}

/** The bytes of an answer: read once, in one of these ways. */
export interface ResponseContent extends AsyncIterable<Uint8Array> {
  /**
   * @param maxBytes default: that of the connection
   * @throws {TransportError} with code ANSWER_TOO_LARGE for more than that
   */
  text(maxBytes?: number): Promise<string>;
  /** Lets go of what was not read, and of the connection with it where that is not all there. */
  dump(): Promise<void>;
}

/** Moves one request. Throws ApiError for an answer that is an error, TransportError for one that never came. */
export type Send = (request: KubeRequest) => Promise<KubeResponse>;

/** One concern of the pipeline: wraps the next step. */
export type Step = (next: Send) => Send;

/**
 * What a request leaves out, as its own: what a dependency that merges data from outside has left on Object.prototype, `dryRun` or `count`, would be read as the
 * request's otherwise, and a rehearsal would delete.
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
 * The body of a request as it is sent.
 * @throws {TypeError} for NaN and infinite numbers
 * @throws {RangeError} for a body that the API server would refuse for its size
 */
export function bodyText(request: KubeRequest): string | undefined {
  const { body } = request;
  if (body === undefined || typeof body === "string") return body;
  // What stands behind a proxy has a bound of its own.
  return isProxiedWrite(request) ? jsonText(body) : jsonBody(body);
}

/** True for a write that the API server passes on: what answers it may be whoever stands behind, and may have done something by then. */
export function isProxiedWrite({ attributes, method }: Pick<KubeRequest, "method" | "attributes">): boolean {
  return attributes?.subresource === "proxy" && method !== "GET";
}

/** True for a request that asks and changes nothing, whatever it is answered with: it can be made any number of times. */
export function isRead(request: Pick<KubeRequest, "method" | "upgrade">): boolean {
  return request.method === "GET" && request.upgrade === undefined;
}

/** True where nothing is changed: by a read, and by a call that asks for a dry run. That there is no answer leaves nothing unknown then. */
export function changesNothing(request: Pick<KubeRequest, "method" | "upgrade" | "dryRun">): boolean {
  return isRead(request) || request.dryRun === true;
}

/** The document of an answer. Answers of lists, watches and logs have decoders of their own. */
export async function readJson<T>(response: KubeResponse): Promise<T> {
  return (response.json ?? parseJson(await response.body.text())) as T;
}
