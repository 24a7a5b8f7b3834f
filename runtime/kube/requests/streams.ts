import { randomBytes } from "node:crypto";
import type { QueryInput } from "../surface/call-options.ts";
import type { KubeRequest, ResourceAttributes } from "./request.ts";
import { type GroupVersionResource, type ResolvedTarget, requestOf } from "./resource.ts";

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/ names it v5: the first that can close standard input. */
const EXEC_PROTOCOL = "v5.channel.k8s.io";

export interface StreamsOptions {
  readonly container?: string | undefined;
  /** Whether to open standard input. */
  readonly stdin: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command in a container over WebSocket. */
export function execRequest(
  gvr: GroupVersionResource,
  target: ResolvedTarget,
  command: readonly string[],
  options: StreamsOptions,
): KubeRequest {
  if (command.length === 0) throw new RangeError("exec: the command is empty");
  return streamsRequest("exec", gvr, target, { command }, options);
}

/** Attaches to a container's main process. */
export function attachRequest(gvr: GroupVersionResource, target: ResolvedTarget, options: StreamsOptions): KubeRequest {
  return streamsRequest("attach", gvr, target, {}, options);
}

function streamsRequest(
  subresource: "exec" | "attach",
  gvr: GroupVersionResource,
  target: ResolvedTarget,
  query: { readonly command?: readonly string[] },
  { container, stdin, signal }: StreamsOptions,
): KubeRequest {
  return upgradeRequest(subresource, gvr, target, {
    query: { ...query, container, stdin: stdin || undefined, stdout: true, stderr: true },
    protocol: EXEC_PROTOCOL,
    signal,
  });
}

/** https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go */
const FORWARD_PROTOCOL = "v4.channel.k8s.io";
const MAX_PORT = 65_535;

/**
 * Connects to a port of a pod over WebSocket.
 * @throws {RangeError} for an invalid port
 */
export function portForwardRequest(
  gvr: GroupVersionResource,
  target: ResolvedTarget,
  port: number,
  signal?: AbortSignal,
): KubeRequest {
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    throw new RangeError(`portForward: ${port} is not a port: use a whole number from 1 to ${MAX_PORT}`);
  }
  return upgradeRequest("portforward", gvr, target, {
    query: { ports: String(port) },
    protocol: FORWARD_PROTOCOL,
    signal,
  });
}

interface UpgradeParts {
  readonly query: QueryInput;
  /** The WebSocket subprotocol. */
  readonly protocol: string;
  readonly signal?: AbortSignal | undefined;
}

function upgradeRequest(
  subresource: "exec" | "attach" | "portforward",
  gvr: GroupVersionResource,
  { name, place }: ResolvedTarget,
  { query, protocol, signal }: UpgradeParts,
): KubeRequest {
  const headers = handshakeHeaders(protocol);
  const request = requestOf("get", gvr, { place, name, subresource, query, headers, signal });
  const { attributes } = request;
  return {
    ...request,
    stream: true,
    upgrade: "websocket",
    // A WebSocket starts as a GET, but since Kubernetes 1.35 it also requires `create`.
    ...(attributes === undefined
      ? {}
      : { attributes: Object.freeze<ResourceAttributes>({ ...attributes, verb: "create", alsoNeeds: ["get"] }) }),
  };
}

/** The headers of a WebSocket handshake with a subprotocol. */
export function handshakeHeaders(protocol: string): Readonly<Record<string, string>> {
  return {
    // The API server answers 406 to an upgrade request that accepts only JSON.
    accept: "*/*",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    "sec-websocket-version": "13",
    "sec-websocket-protocol": protocol,
  };
}
