import type { ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import type { ResolvedTarget } from "./target.ts";
import { upgradeRequest } from "./upgrade.ts";

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/ names it v5: the first that can close standard input. */
const EXEC_PROTOCOL = "v5.channel.k8s.io";

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
  target: ResolvedTarget,
  query: { readonly command?: readonly string[] },
  { container, stdin, signal }: StreamsOptions,
): KubeRequest {
  return upgradeRequest(subresource, identity, target, {
    query: { ...query, container, stdin: stdin || undefined, stdout: true, stderr: true },
    protocol: EXEC_PROTOCOL,
    signal,
  });
}
