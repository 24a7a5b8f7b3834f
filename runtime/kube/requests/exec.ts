import { randomBytes } from "node:crypto";
import type { KubeRequest } from "../request.ts";
import type { ResourceIdentity } from "../resource/identity.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/ names it v5: the first that can close standard input. */
export const EXEC_PROTOCOL = "v5.channel.k8s.io";

export interface StreamsOptions {
  readonly container?: string | undefined;
  /** Whether standard input is written to. */
  readonly stdin: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command in a container, over a connection that changes to WebSocket. */
export function execRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  command: readonly string[],
  options: StreamsOptions,
): KubeRequest {
  if (command.length === 0) throw new RangeError("exec: the command is empty");
  return streamsRequest("exec", identity, target, { command }, options);
}

/** Joins the streams of a container's own process. */
export function attachRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  options: StreamsOptions,
): KubeRequest {
  return streamsRequest("attach", identity, target, {}, options);
}

function streamsRequest(
  subresource: "exec" | "attach",
  identity: ResourceIdentity,
  { name, place }: ResolvedTarget,
  query: { readonly command?: readonly string[] },
  { container, stdin, signal }: StreamsOptions,
): KubeRequest {
  const request = requestOf("get", identity, {
    place,
    name,
    subresource,
    query: { ...query, container, stdin: stdin || undefined, stdout: true, stderr: true },
    headers: {
      // The API server has nothing else to offer for a connection, and answers 406 to a request for JSON.
      accept: "*/*",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      "sec-websocket-version": "13",
      "sec-websocket-protocol": EXEC_PROTOCOL,
    },
    signal,
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
