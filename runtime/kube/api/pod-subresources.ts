import { readJson } from "../requests/request.ts";
import { requestOf, resolveTarget, type TargetInput } from "../requests/resource.ts";
import type { ChangeOptions, TokenOptions, WriteOptions } from "../surface/call-options.ts";
import type { ServiceAccountToken } from "../surface/call-results.ts";
import { changes } from "./dry-call.ts";
import type { MethodContext } from "./method-context.ts";
import { patchObject } from "./patch.ts";
import { taken } from "./taken-options.ts";

/** Subresources that are written by themselves. */
export function podSubresourceMethods(context: MethodContext): object {
  const change = changes(context);
  return {
    resize: (target: TargetInput, patch: object, given?: WriteOptions) =>
      change("resize", given, (call, options) =>
        patchObject(call, target, patch, { ...options, type: "strategic", subresource: "resize" }),
      ),
    addEphemeralContainer: (target: TargetInput, container: object, given?: WriteOptions) =>
      change("addEphemeralContainer", given, (call, options) => {
        const patch = { spec: { ephemeralContainers: [container] } };
        return patchObject(call, target, patch, { ...options, type: "strategic", subresource: "ephemeralcontainers" });
      }),
    bind: (target: TargetInput, node: string, given?: ChangeOptions) =>
      change("bind", given, (call, options) => bindPod(call, target, node, options)),
    createToken: async (name: string, options?: TokenOptions) =>
      createToken(context, name, taken("createToken", options)),
  };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/ */
async function bindPod(
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
    // What the server holds the pod to.
    metadata: { name, ...preconditions },
    target: { apiVersion: "v1", kind: "Node", name: node },
  };
  await context.send(requestOf("create", gvr, { place, name, subresource: "binding", body, signal: options.signal }));
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
async function createToken(
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
