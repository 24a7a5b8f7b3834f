// The client by itself, as `errand/kube`: for programs that are no jobs. What it may do is what the identity of its configuration may do.
import { type AccessRule, resolveAccess, type Verb } from "../job/access.ts";
import { kubeOf } from "./api/injected-kube.ts";
import { namedOptions } from "./api/taken-options.ts";
import { builtinCatalog, builtinResources } from "./catalog/builtin.ts";
import type { ClusterConfig } from "./config/cluster-config.ts";
import { loadInClusterConfig } from "./config/in-cluster.ts";
import type { BuiltinVerbs } from "./generated/builtin.ts";
import { type ConnectionOptions, createConnection } from "./pipeline/connection.ts";
import { dryRun as asDryRun } from "./pipeline/dry-run.ts";
import { LimitLedger } from "./pipeline/limit-ledger.ts";
import { type ClientStats, StatsRecorder } from "./pipeline/stats.ts";
import type { CustomObjects } from "./surface/custom-objects.ts";
import type { Kube, ObjectOf, ResourceClient, Resources } from "./surface/kube.ts";
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

const OPTIONS: readonly (keyof ConnectOptions)[] = [
  "signal",
  "userAgent",
  "stats",
  "onWarning",
  "onRequest",
  "onRetry",
  "timeouts",
  "connectTimeoutMs",
  "maxAnswerBytes",
  "maxRetries",
  "sleep",
  "fieldManager",
  "dryRun",
];

/** A client that nothing bounds but the rights of who uses it. */
export interface ConnectedClient extends AsyncDisposable {
  readonly kube: ConnectedKube;
  readonly stats: ClientStats;
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
  const options = namedOptions("connect", OPTIONS, given);
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
  const close = () => connection.close();
  return { kube: kubeOf(context, RULES) as ConnectedClient["kube"], stats, close, [Symbol.asyncDispose]: close };
}

const RULES = {
  find: (key: string) => resolveAccess({ [key]: [] }, builtinCatalog)[0],
  get all(): readonly AccessRule[] {
    return builtinResources().map((info) => ({ ...info, key: info.resource, verbs: [] }));
  },
};
