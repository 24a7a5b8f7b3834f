// The client by itself, as `errand/kube`: for programs that are no jobs. What it may do is what the identity of its configuration may do.
import { type AccessRule, resolveAccess, type Verb } from "../job/access.ts";
import { taken } from "./api/call.ts";
import { discoveryOf, kubeOf } from "./api/kube.ts";
import { resourceMethods } from "./api/resource-methods.ts";
import { builtinCatalog, builtinResources, findBuiltinKind } from "./catalog/builtin.ts";
import type { ResourceReference } from "./catalog/discovery.ts";
import { type ServedGroup, servedGroups } from "./catalog/served.ts";
import type { ClusterConfig } from "./config/cluster-config.ts";
import { loadInClusterConfig } from "./config/in-cluster.ts";
import type { BuiltinVerbs } from "./generated/builtin.ts";
import { type ConnectionOptions, createConnection } from "./pipeline/connection.ts";
import { dryRun as asDryRun } from "./pipeline/dry-run.ts";
import { LimitLedger } from "./pipeline/limit-ledger.ts";
import { type ClientStats, StatsRecorder } from "./pipeline/stats.ts";
import { rawRequest } from "./requests/paths.ts";
import type { GroupVersionResource, Place } from "./requests/resource.ts";
import { CALL, type CallOptions, type OptionNames, PATH, type PathOptions } from "./surface/call-options.ts";
import type { Kube, ObjectOf, ResourceClient, Resources } from "./surface/kube.ts";
import type { CustomObjects, KubeObject } from "./surface/objects.ts";
import type { MethodsByWord } from "./surface/verb-methods.ts";
import { parseJson } from "./values/json.ts";
import { sleep } from "./values/time.ts";

export type { CertificateSource, ClusterConfig, TokenSource } from "./config/cluster-config.ts";
export { ApiError } from "./errors/api-error.ts";
export { DryRunError, KubeError, NotInClusterError, TransportError, WaitTimeoutError } from "./errors/kube-error.ts";
export type { ClientCertificate } from "./requests/request.ts";
export * as base64 from "./values/base64.ts";
export * as quantity from "./values/quantity.ts";
export { parseYaml } from "./values/yaml.ts";

/** Every verb of every built-in resource, and every path that is none. */
type Everything = { readonly [Key in keyof BuiltinVerbs]: readonly BuiltinVerbs[Key][] } & {
  readonly [Key in `/${string}`]: readonly "get"[];
};

/** What can be done to a custom resource; whether its definition has a status and a scale is the API server's to say. */
type CustomWord = Verb | `${"status" | "scale"}:${"get" | "update" | "patch"}`;

/** Custom resources, which are written with their group. */
type CustomResources = {
  readonly [Key in keyof CustomObjects | `${string}.${string}`]: ResourceClient<ObjectOf<Key>, CustomWord>;
};

type AllResources = Resources<Everything> & CustomResources;

/** A client's `kube` that nothing narrows. */
type ConnectedKube = Kube<Everything> &
  CustomResources & {
    /** All namespaces at once, for list and watch. Objects that they give can be deleted and patched there. */
    readonly allNamespaces: AllResources;
    /** Another namespace. */
    inNamespace(namespace: string): AllResources;
  };

export interface ConnectOptions extends ConnectionOptions {
  /** Default: `errand`. */
  readonly fieldManager?: string;
  /** Every mutation carries dryRun=All: it is validated and changes nothing. What cannot be dry-run, such as `exec`, is refused. Default: false. */
  readonly dryRun?: boolean;
}

const CONNECTION = {
  ...{ signal: true, userAgent: true, stats: true, onWarning: true, onRequest: true, onRetry: true, timeouts: true },
  ...{ connectTimeoutMs: true, maxAnswerBytes: true, maxRetries: true, sleep: true },
} as const satisfies OptionNames<ConnectionOptions>;
const CONNECT = { ...CONNECTION, fieldManager: true, dryRun: true } satisfies OptionNames<ConnectOptions>;

/** An object of which nobody knows more before the program runs. */
type AnyObject = KubeObject & Record<string, unknown>;

/** Every method that there is: whether the resource has it is the API server's to say. */
type AnyResource<T extends KubeObject> = ResourceClient<T, keyof MethodsByWord<T> & string>;

/** A client that nothing bounds but the rights of who uses it. */
export interface ConnectedClient extends AsyncDisposable {
  readonly kube: ConnectedKube;
  readonly stats: ClientStats;
  /**
   * The methods of a resource that is known only when the program runs, by its plural or by the kind of its objects. What is not built in, or not in that version,
   * is looked for in discovery with the first call.
   *
   * @param place default: the namespace of `config`; resources of the whole cluster ignore it
   * @example
   * for (const object of await parseYaml(text)) await client.resource(object).apply(object);
   */
  resource<T extends KubeObject = AnyObject>(reference: ResourceReference, place?: Place): AnyResource<T>;
  resource<T extends KubeObject>(object: T, place?: Place): AnyResource<T>;
  /** All that the API server serves, asked anew with each call. */
  served(options?: CallOptions): Promise<readonly ServedGroup[]>;
  /** Reads a path of the API server that answers JSON, such as `/version`; integers beyond 2^53 are bigint. */
  readJson<T>(path: string, options?: PathOptions): Promise<T>;
  close(): Promise<void>;
}

/**
 * Connects to a cluster.
 *
 * @param config how to reach it. Default: the configuration of the pod that the program runs in
 * @throws {NotInClusterError} without a configuration and outside of a pod
 * @example
 * await using client = await connect();
 * for await (const pod of client.kube.pods.list()) console.log(pod.metadata.name);
 */
export async function connect(config?: ClusterConfig, given?: ConnectOptions): Promise<ConnectedClient> {
  const options = taken("connect", CONNECT, given);
  const reached = config ?? (await loadInClusterConfig({ env: process.env }));
  const stats = options.stats ?? new StatsRecorder();
  const connection = createConnection(reached, { ...options, stats });
  const { dryRun = false } = options;
  const context = {
    send: dryRun ? asDryRun(connection.send) : connection.send,
    namespace: reached.namespace,
    fieldManager: options.fieldManager ?? "errand",
    stats,
    ledger: new LimitLedger({}),
    dryRun,
    signal: options.signal,
    sleep: options.sleep ?? sleep,
    features: { canStreamInitialEvents: true },
  };
  const discovery = discoveryOf(context);
  const close = () => connection.close();
  return {
    kube: kubeOf(context, discovery, RULES) as ConnectedKube,
    stats,
    resource<T extends KubeObject>(given: ResourceReference | KubeObject, place?: Place) {
      const reference = referenceOf(given);
      const gvr = () => builtinAt(reference) ?? discovery.find(reference);
      return resourceMethods({ ...context, place: place ?? placeIn(given, context.namespace), gvr }) as AnyResource<T>;
    },
    served: async (each) => servedGroups(context.send, taken("served", CALL, each).signal),
    readJson: async <T>(path: string, each?: PathOptions) => {
      const request = rawRequest(path, taken("readJson", PATH, each));
      const { body } = await context.send({ ...request, headers: { accept: "application/json" } });
      return parseJson(await body.text(each?.maxBytes)) as T;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws {RangeError} for an object that does not say of which kind it is */
function referenceOf(reference: ResourceReference | KubeObject): ResourceReference {
  if (!("apiVersion" in reference) && "resource" in reference) return reference;
  const { apiVersion, kind } = reference as KubeObject;
  if (apiVersion === undefined || kind === undefined) throw new RangeError("the object has no apiVersion or no kind");
  return { apiVersion, kind };
}

function builtinAt(reference: ResourceReference): GroupVersionResource | undefined {
  if (!("resource" in reference)) return findBuiltinKind(reference.apiVersion, reference.kind);
  const { group, version, resource } = reference;
  const found = builtinCatalog.find(group === "" ? resource : `${resource}.${group}`);
  return found?.group === group && (version ?? found.version) === found.version ? found : undefined;
}

/** An object is looked for where it says that it is. */
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
