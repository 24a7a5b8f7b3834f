import type { ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import type { ResolvedTarget } from "./target.ts";
import { upgradeRequest } from "./upgrade.ts";

/** https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go */
const FORWARD_PROTOCOL = "v4.channel.k8s.io";
const MAX_PORT = 65_535;

/**
 * Connects to a port of a pod, over a connection that changes to WebSocket.
 * @throws {RangeError} for what is no port
 */
export function portForwardRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  port: number,
  signal?: AbortSignal,
): KubeRequest {
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    throw new RangeError(`portForward: ${port} is no port: it is a whole number from 1 to ${MAX_PORT}`);
  }
  return upgradeRequest("portforward", identity, target, {
    query: { ports: String(port) },
    protocol: FORWARD_PROTOCOL,
    signal,
  });
}
