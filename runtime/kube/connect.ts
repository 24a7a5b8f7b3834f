// The standalone client, `errand/kube`, for programs that are not jobs. It can do whatever its credentials allow.
import { copyOptions } from "./api/call.ts";
import type { ClusterConfig } from "./config/cluster-config.ts";
import { loadInClusterConfig } from "./config/in-cluster.ts";
import { clientOver, type KubeClient } from "./connected-client.ts";
import { type ConnectionOptions, createConnection } from "./pipeline/connection.ts";
import { StatsRecorder } from "./pipeline/stats.ts";
import type { OptionNames } from "./surface/call-options.ts";

export type { CertificateSource, ClusterConfig, TokenSource } from "./config/cluster-config.ts";
export { ApiError } from "./errors/api-error.ts";
export { DryRunError, KubeError, NotInClusterError, TransportError, WaitTimeoutError } from "./errors/kube-error.ts";
export type { ClientCertificate } from "./requests/request.ts";
export * as base64 from "./values/base64.ts";
export * as quantity from "./values/quantity.ts";
export { parseYaml } from "./values/yaml.ts";

export interface ConnectOptions extends ConnectionOptions {
  /** Default: `errand`. */
  readonly fieldManager?: string;
  /** Every mutation carries dryRun=All: it is validated and changes nothing. Calls without dry-run support, such as `exec`, are refused. Default: false. */
  readonly dryRun?: boolean;
}

const CONNECTION = {
  ...{ signal: true, userAgent: true, stats: true, onWarning: true, onRequest: true, onRetry: true, timeouts: true },
  ...{ connectTimeoutMs: true, maxAnswerBytes: true, maxRetries: true, sleep: true },
} as const satisfies OptionNames<ConnectionOptions>;
const CONNECT = { ...CONNECTION, fieldManager: true, dryRun: true } satisfies OptionNames<ConnectOptions>;

/** A client that owns its connections. */
export interface ConnectedClient extends KubeClient, AsyncDisposable {
  close(): Promise<void>;
}

/**
 * Connects to a cluster.
 *
 * @param config how to connect. Default: the configuration of the pod that the program runs in
 * @throws {NotInClusterError} outside a pod, if no configuration is given
 * @example
 * await using client = await connect();
 * for await (const pod of client.kube.pods.list()) console.log(pod.metadata.name);
 */
export async function connect(config?: ClusterConfig, given?: ConnectOptions): Promise<ConnectedClient> {
  const options = copyOptions("connect", CONNECT, given);
  const reached = config ?? (await loadInClusterConfig({ env: process.env }));
  const stats = options.stats ?? new StatsRecorder();
  const connection = createConnection(reached, { ...options, stats });
  const client = clientOver(connection.send, { ...options, stats, namespace: reached.namespace });
  const close = () => connection.close();
  return { ...client, close, [Symbol.asyncDispose]: close };
}
