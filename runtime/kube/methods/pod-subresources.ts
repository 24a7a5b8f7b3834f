import type { ChangeOptions, PatchOptions, TokenOptions, WriteOptions } from "../call-options.ts";
import type { ServiceAccountToken } from "../call-results.ts";
import { readJson } from "../decode/json.ts";
import { requestOf } from "../requests/request-of.ts";
import { resolveTarget, type TargetInput } from "../requests/target.ts";
import { contextFor } from "./dry-call.ts";
import type { MethodContext } from "./method-context.ts";
import { patchObject } from "./patch.ts";

/** Subresources that are written by themselves. */
export function podSubresourceMethods(context: MethodContext): object {
  return {
    resize: (target: TargetInput, patch: object, options?: PatchOptions) =>
      patchObject(contextFor(context, options), target, patch, {
        type: "strategic",
        ...options,
        subresource: "resize",
      }),
    addEphemeralContainer: (target: TargetInput, container: object, options?: WriteOptions) =>
      patchObject(
        contextFor(context, options),
        target,
        { spec: { ephemeralContainers: [container] } },
        { ...options, type: "strategic", subresource: "ephemeralcontainers" },
      ),
    bind: (target: TargetInput, node: string, options?: ChangeOptions) =>
      bindPod(contextFor(context, options), target, node, options),
    createToken: (name: string, options?: TokenOptions) => createToken(context, name, options),
  };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/ */
async function bindPod(
  context: MethodContext,
  target: TargetInput,
  node: string,
  options: ChangeOptions = {},
): Promise<void> {
  const identity = await context.identity();
  const { name, place } = resolveTarget(target, context.place, identity);
  const body = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name },
    target: { apiVersion: "v1", kind: "Node", name: node },
  };
  await context.send(
    requestOf("create", identity, { place, name, subresource: "binding", body, signal: options.signal }),
  );
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
async function createToken(
  context: MethodContext,
  name: string,
  options: TokenOptions = {},
): Promise<ServiceAccountToken> {
  const identity = await context.identity();
  const { audiences, expirationSeconds, signal } = options;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { audiences: audiences ?? [], expirationSeconds },
  };
  const request = requestOf("create", identity, { place: context.place, name, subresource: "token", body, signal });
  const { status } = await readJson<{ readonly status: ServiceAccountToken }>(await context.send(request));
  return { token: status.token, expirationTimestamp: status.expirationTimestamp };
}
