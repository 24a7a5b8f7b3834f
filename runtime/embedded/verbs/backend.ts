import type { ResourceInfo } from "../../job/access.ts";
import type { TokenRegistry, UserInfo } from "../auth/authentication.ts";
import type { PodLogs } from "../kubelet/pod-logs.ts";
import type { RunningPods } from "../kubelet/running-pods.ts";
import type { ResourceTable } from "../objects/resource-table.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { Deferred } from "./deferred.ts";
import type { Representation } from "./representation.ts";
import type { ResourceRequest } from "./request-info.ts";

/** What the verbs work on. */
export interface Backend {
  readonly store: ObjectStore;
  readonly resources: ResourceTable;
  readonly tokens: TokenRegistry;
  readonly deferred: Deferred;
  readonly logs: PodLogs;
  readonly runningPods: RunningPods;
  /** How long a running pod takes to end after it was deleted, in milliseconds. */
  readonly podTerminationMs: number;
}

/** A request about objects that was let through. */
export interface ApiRequest {
  readonly info: ResourceRequest;
  readonly resource: ResourceInfo;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly representation: Representation;
  /** @param name lower case */
  header(name: string): string | undefined;
  /** The body as text; empty where there is none. */
  readBody(): Promise<string>;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** The namespace in which the request's objects are kept; undefined for cluster-scoped ones, though `/namespaces/NAME` names one. */
export function namespaceOf({ info, resource }: ApiRequest): string | undefined {
  return resource.namespaced && info.namespace !== "" ? info.namespace : undefined;
}

/** What a verb answers: JSON with its status code, plain text, or events for as long as they come. */
export type ApiAnswer =
  | { readonly status: number; readonly body: object; readonly dryRun?: boolean }
  | { readonly status: number; readonly text: string }
  | { readonly status: number; readonly stream: ReadableStream<Uint8Array> };

/** One verb's work. */
export type VerbHandler = (request: ApiRequest, backend: Backend) => ApiAnswer | Promise<ApiAnswer>;
