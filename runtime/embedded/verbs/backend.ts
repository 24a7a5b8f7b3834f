import type { ResourceInfo } from "../../job/access.ts";
import type { TokenRegistry, UserInfo } from "../auth/authentication.ts";
import type { PodLogs, RunningPods } from "../kubelet/running-pods.ts";
import type { ResourceTable } from "../objects/resource-table.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { Representation } from "./representation.ts";
import type { ResourceRequest } from "./request-info.ts";

/** The state shared by verbs and controllers. */
export interface Backend {
  readonly store: ObjectStore;
  readonly resources: ResourceTable;
  readonly tokens: TokenRegistry;
  readonly deferred: Deferred;
  readonly logs: PodLogs;
  readonly runningPods: RunningPods;
  /** How long a running pod takes to end once it is deleted, in milliseconds. */
  readonly podTerminationMs: number;
}

/** An authorized resource request. */
export interface ApiRequest {
  readonly info: ResourceRequest;
  readonly resource: ResourceInfo;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly representation: Representation;
  /** @param name lower case */
  header(name: string): string | undefined;
  /** The body as text; may be empty. */
  readBody(): Promise<string>;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
}

/** The namespace of the request's objects. Undefined for cluster-scoped ones, even for `/namespaces/NAME`. */
export function namespaceOf({ info, resource }: ApiRequest): string | undefined {
  return resource.namespaced && info.namespace !== "" ? info.namespace : undefined;
}

/** JSON, plain text, or a stream of events. */
export type ApiAnswer =
  | { readonly status: number; readonly body: object; readonly dryRun?: boolean }
  | { readonly status: number; readonly text: string }
  | { readonly status: number; readonly stream: ReadableStream<Uint8Array> };

export type VerbHandler = (request: ApiRequest, backend: Backend) => ApiAnswer | Promise<ApiAnswer>;

/** Delayed work of controllers and kubelets; dropped when the cluster closes. */
export class Deferred {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param delayMs 0 for right after the current answer */
  run(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs);
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
