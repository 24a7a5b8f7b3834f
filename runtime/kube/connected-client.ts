// The client of programs that are not jobs: any request is allowed, and resources may be known only at run time.

import { type AccessRule, resolveAccess, type Verb } from "../job/access.ts";
import { copyOptions } from "./api/call.ts";
import { discoveryOf, kubeOf } from "./api/kube.ts";
import { resourceMethods } from "./api/resource-methods.ts";
import { builtinCatalog, builtinResources, findBuiltinKind } from "./catalog/builtin.ts";
import type { ResourceReference } from "./catalog/discovery.ts";
import { type ServedGroup, servedGroups } from "./catalog/served.ts";
import type { Impersonation } from "./config/cluster-config.ts";
import { resourceText } from "./errors/kube-error.ts";
import type { BuiltinVerbs } from "./generated/builtin.ts";
import { impersonationHeaders } from "./pipeline/auth.ts";
import { dryRun as asDryRun } from "./pipeline/dry-run.ts";
import { LimitLedger } from "./pipeline/limit-ledger.ts";
import { type ClientStats, StatsRecorder } from "./pipeline/stats.ts";
import { rawRequest } from "./requests/paths.ts";
import type { Send } from "./requests/request.ts";
import type { GroupVersionResource, Place } from "./requests/resource.ts";
import { CALL, type CallOptions, PATH, type PathOptions } from "./surface/call-options.ts";
import type { Kube, ObjectOf, ResourceClient, Resources } from "./surface/kube.ts";
import type { CustomObjects, KubeObject } from "./surface/objects.ts";
import type { MethodsByWord } from "./surface/verb-methods.ts";
import { parseJson } from "./values/json.ts";
import { type Sleep, sleep } from "./values/time.ts";

/** Every verb of every built-in resource, and every non-resource path. */
type Everything = { readonly [Key in keyof BuiltinVerbs]: readonly BuiltinVerbs[Key][] } & {
  readonly [Key in `/${string}`]: readonly "get"[];
};

/** The verbs of a custom resource; whether it has a status and a scale is up to its definition. */
type CustomWord = Verb | `${"status" | "scale"}:${"get" | "update" | "patch"}`;

/** Custom resources, named with their group. */
type CustomResources = {
  readonly [Key in keyof CustomObjects | `${string}.${string}`]: ResourceClient<ObjectOf<Key>, CustomWord>;
};

type AllResources = Resources<Everything> & CustomResources;

/** An unrestricted `kube`. */
export type ConnectedKube = Kube<Everything> &
  CustomResources & {
    /** All namespaces at once, for list and watch. Listed objects can be deleted and patched here. */
    readonly allNamespaces: AllResources;
    inNamespace(namespace: string): AllResources;
  };

/** An object whose type is known only at run time. */
type AnyObject = KubeObject & Record<string, unknown>;

/** Every method; whether the resource supports it is up to the API server. */
type AnyResource<T extends KubeObject> = ResourceClient<T, keyof MethodsByWord<T> & string>;

/** A client limited only by its caller's rights. */
export interface KubeClient {
  readonly kube: ConnectedKube;
  readonly stats: ClientStats;
  /**
   * The methods of a resource that is known only at run time, by its plural or by the kind of its objects. A resource or version that is not built in
   * is resolved by discovery on the first call.
   *
   * @param place default: the namespace of `config`; ignored for cluster-scoped resources
   * @example
   * for (const object of await parseYaml(text)) await client.resource(object).apply(object);
   */
  resource<T extends KubeObject = AnyObject>(reference: ResourceReference, place?: Place): AnyResource<T>;
  resource<T extends KubeObject>(object: T, place?: Place): AnyResource<T>;
  /**
   * Resolves a resource to its group, version and scope, from the catalog or discovery. An unknown one is requested once more.
   * @throws {RangeError} if the cluster has no such resource; {TransportError} if the server of its aggregated API is unavailable
   */
  find(reference: ResourceReference): Promise<GroupVersionResource>;
  /** Everything the API server serves; a new request with each call. */
  served(options?: CallOptions): Promise<readonly ServedGroup[]>;
  /** Reads a path of the API server that answers JSON, such as `/version`; integers above 2^53 are bigint. */
  readJson<T>(path: string, options?: PathOptions): Promise<T>;
  /** The same client under another identity, which requires the right to impersonate it. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
  as(who: Impersonation): KubeClient;
}

export interface KubeClientOptions {
  /** Default namespace for calls that name none. */
  readonly namespace: string;
  /** Default: `errand`. */
  readonly fieldManager?: string | undefined;
  /** Default: false. */
  readonly dryRun?: boolean | undefined;
  readonly stats?: StatsRecorder;
  readonly signal?: AbortSignal | undefined;
  readonly sleep?: Sleep | undefined;
}

/** Creates a client on top of a pipeline. */
export function clientOver(send: Send, options: KubeClientOptions): KubeClient {
  const { namespace, dryRun = false, signal, stats = new StatsRecorder() } = options;
  const context = {
    send: dryRun ? asDryRun(send) : send,
    namespace,
    fieldManager: options.fieldManager ?? "errand",
    stats,
    ledger: new LimitLedger({}),
    dryRun,
    signal,
    sleep: options.sleep ?? sleep,
    features: { canStreamInitialEvents: true },
  };
  const discovery = discoveryOf(context);
  return {
    kube: kubeOf(context, discovery, RULES) as ConnectedKube,
    stats,
    resource<T extends KubeObject>(given: ResourceReference | KubeObject, place?: Place) {
      const reference = referenceOf(given);
      const gvr = () => builtinAt(reference) ?? discovery.find(reference);
      return resourceMethods({ ...context, place: place ?? placeIn(given, namespace), gvr }) as AnyResource<T>;
    },
    find: async (reference) => builtinAt(reference) ?? discovery.find(reference),
    served: async (each) => servedGroups(context.send, copyOptions("served", CALL, each).signal),
    readJson: async <T>(path: string, each?: PathOptions) => {
      const request = rawRequest(path, copyOptions("readJson", PATH, each));
      const { body } = await context.send({ ...request, headers: { accept: "application/json" } });
      return parseJson(await body.text(each?.maxBytes)) as T;
    },
    as: (who) => clientOver(impersonating(send, who), options),
  };
}

function impersonating(send: Send, who: Impersonation): Send {
  const headers = impersonationHeaders(who);
  return (request) => send({ ...request, headers: { ...headers, ...request.headers } });
}

/** @throws {RangeError} for an object without apiVersion or kind */
function referenceOf(reference: ResourceReference | KubeObject): ResourceReference {
  if (!("apiVersion" in reference) && "resource" in reference) return reference;
  const { apiVersion, kind } = reference as KubeObject;
  if (apiVersion === undefined || kind === undefined) throw new RangeError("the object has no apiVersion or no kind");
  return { apiVersion, kind };
}

function builtinAt(reference: ResourceReference): GroupVersionResource | undefined {
  if (!("resource" in reference)) return findBuiltinKind(reference.apiVersion, reference.kind);
  const { group, version, resource } = reference;
  const found = builtinCatalog.find(resourceText({ group, resource }));
  return found?.group === group && (version ?? found.version) === found.version ? found : undefined;
}

/** An object's own namespace wins over the default. */
function placeIn(reference: ResourceReference | KubeObject, namespace: string): Place {
  const own = "metadata" in reference ? reference.metadata?.namespace : undefined;
  return { namespace: own ?? namespace };
}

const RULES = {
  find: (key: string) => resolveAccess({ [key]: [] }, builtinCatalog)[0],
  get all(): readonly AccessRule[] {
    return builtinResources().map((info) => ({ ...info, key: info.resource, verbs: [] }));
  },
};
