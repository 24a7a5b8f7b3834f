import { parseAccessKey, type Verb } from "../../job/access.ts";
import { builtinCatalog } from "../catalog.ts";
import { readJson } from "../decode/json.ts";
import type { Send } from "../request.ts";
import { requestOf } from "../requests/request-of.ts";
import type { ResourceIdentity } from "../resource/identity.ts";

const REVIEWS: ResourceIdentity = {
  group: "authorization.k8s.io",
  version: "v1",
  resource: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  namespaced: false,
};

export interface CanIOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly signal?: AbortSignal;
}

/** Asks the API server whether the caller may do something. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export async function canI(send: Send, verb: Verb, key: string, options: CanIOptions): Promise<boolean> {
  const { resource, group, subresource } = parseAccessKey(key);
  const resourceAttributes = {
    verb,
    group: group ?? builtinCatalog.find(resource)?.group ?? "",
    resource,
    subresource,
    name: options.name,
    namespace: options.namespace,
  };
  const request = requestOf("create", REVIEWS, {
    place: "all",
    body: { apiVersion: "authorization.k8s.io/v1", kind: REVIEWS.kind, spec: { resourceAttributes } },
    signal: options.signal,
  });
  const review = await readJson<{ readonly status?: { readonly allowed?: boolean } }>(await send(request));
  return review.status?.allowed === true;
}
