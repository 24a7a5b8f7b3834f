import { randomBytes } from "node:crypto";
import type { KubeRequest } from "../request.ts";
import type { ResourceIdentity } from "../resource/identity.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/ names it v5: the first that can close standard input. */
export const EXEC_PROTOCOL = "v5.channel.k8s.io";

/** Runs a command in a container, over a connection that changes to WebSocket. */
export function execRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  command: readonly string[],
  options: {
    readonly container?: string | undefined;
    readonly stdin: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): KubeRequest {
  if (command.length === 0) throw new RangeError("exec: the command is empty");
  const request = requestOf("get", identity, {
    place: target.place,
    name: target.name,
    subresource: "exec",
    query: { command, container: options.container, stdin: options.stdin || undefined, stdout: true, stderr: true },
    headers: {
      "sec-websocket-key": randomBytes(16).toString("base64"),
      "sec-websocket-version": "13",
      "sec-websocket-protocol": EXEC_PROTOCOL,
    },
    signal: options.signal,
  });
  const { subject } = request;
  return {
    ...request,
    stream: true,
    upgrade: "websocket",
    // A WebSocket begins as a GET, but since Kubernetes 1.35 what it does asks for `create` as well.
    ...(subject === undefined ? {} : { subject: { ...subject, verb: "create", alsoNeeds: ["get"] } }),
  };
}
