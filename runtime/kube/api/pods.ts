import { readJson } from "../requests/request.ts";
import { requestOf, resolveTarget, type TargetInput } from "../requests/resource.ts";
import { readLogs } from "../streams/read-logs.ts";
import type { ChangeOptions, LogOptions, TokenOptions } from "../surface/call-options.ts";
import type { ServiceAccountToken } from "../surface/call-results.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./call.ts";

/** Binds a pod to a node. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/ */
export async function bindPod(
  context: MethodContext,
  target: TargetInput,
  node: string,
  options: ChangeOptions = {},
): Promise<void> {
  const gvr = await context.gvr();
  const { name, place, preconditions } = resolveTarget(target, context.place, gvr);
  const body = {
    apiVersion: "v1",
    kind: "Binding",
    // The server binds the pod only if these match.
    metadata: { name, ...preconditions },
    target: { apiVersion: "v1", kind: "Node", name: node },
  };
  await context.send(requestOf("create", gvr, { place, name, subresource: "binding", body, signal: options.signal }));
}

/** Requests a token for a service account. https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
export async function createToken(
  context: MethodContext,
  name: string,
  options: TokenOptions = {},
): Promise<ServiceAccountToken> {
  const gvr = await context.gvr();
  const { audiences, expirationSeconds, signal } = options;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { audiences: audiences ?? [], expirationSeconds },
  };
  const request = requestOf("create", gvr, { place: context.place, name, subresource: "token", body, signal });
  const { status } = await readJson<{ readonly status: ServiceAccountToken }>(await context.send(request));
  return { token: status.token, expirationTimestamp: status.expirationTimestamp };
}

/** The lines of a container's log. */
export async function* podLogs(
  context: MethodContext,
  target: TargetInput,
  options: LogOptions = {},
): AsyncGenerator<string, void, undefined> {
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  const signal = eitherSignal(options.signal, context.signal);
  yield* readLogs({ ...context, gvr, target: resolved, options, signal });
}
