import { handshakeHeaders } from "../streams/handshake.ts";
import type { ResourceIdentity } from "./identity.ts";
import type { QueryInput } from "./query.ts";
import type { KubeRequest, RequestSubject } from "./request.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

export interface UpgradeParts {
  readonly query: QueryInput;
  /** What is spoken over the WebSocket. */
  readonly protocol: string;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for a connection to a pod that changes to WebSocket. */
export function upgradeRequest(
  subresource: "exec" | "attach" | "portforward",
  identity: ResourceIdentity,
  { name, place }: ResolvedTarget,
  { query, protocol, signal }: UpgradeParts,
): KubeRequest {
  const headers = handshakeHeaders(protocol);
  const request = requestOf("get", identity, { place, name, subresource, query, headers, signal });
  const { subject } = request;
  return {
    ...request,
    stream: true,
    upgrade: "websocket",
    // A WebSocket begins as a GET, but since Kubernetes 1.35 what it does asks for `create` as well.
    ...(subject === undefined
      ? {}
      : { subject: Object.freeze<RequestSubject>({ ...subject, verb: "create", alsoNeeds: ["get"] }) }),
  };
}
