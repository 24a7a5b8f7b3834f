import { parseAccessKey, type ResourceInfo, type Verb } from "../../job/access.ts";
import { builtinCatalog } from "../catalog/builtin.ts";
import type { Discovery } from "../catalog/discovery.ts";
import { hasReason } from "../errors/api-error.ts";
import { resourceText } from "../errors/kube-error.ts";
import { readJson, type Send } from "../requests/request.ts";
import { type GroupVersionResource, requestOf } from "../requests/resource.ts";
import type { AccessReviewOptions } from "../surface/call-options.ts";
import type { AccessReview } from "../surface/call-results.ts";

const REVIEWS: GroupVersionResource = {
  group: "authorization.k8s.io",
  version: "v1",
  resource: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  namespaced: false,
};

/** Every field is optional: a server may leave any of them out. */
interface ReviewAnswer {
  readonly status?: Partial<AccessReview>;
}

interface ReviewContext {
  readonly send: Send;
  /** Default namespace. */
  readonly namespace: string;
  readonly discovery: Pick<Discovery, "isNamespaced">;
}

/**
 * Asks the API server whether the caller may do something, and returns the full answer.
 * https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
 */
export async function reviewAccess(
  context: ReviewContext,
  verb: Verb,
  key: string,
  options: AccessReviewOptions = {},
): Promise<AccessReview> {
  const { name, signal } = options;
  const { resource, group, subresource } = parseAccessKey(key);
  const builtin = builtinCatalog.find(resourceText({ group: group ?? "", resource }));
  const resourceAttributes = {
    verb,
    group: group ?? builtin?.group ?? "",
    resource,
    subresource,
    name,
    namespace:
      builtin?.namespaced === false
        ? namespaceOfClusterScoped(builtin, name)
        : (options.namespace ?? (await usualNamespace(context, builtin === undefined ? group : undefined, resource))),
  };
  const request = requestOf("create", REVIEWS, {
    place: "all",
    body: { apiVersion: "authorization.k8s.io/v1", kind: REVIEWS.kind, spec: { resourceAttributes } },
    signal,
  });
  const { status } = await readJson<ReviewAnswer>(await context.send(request));
  return {
    // Only a literal true grants.
    allowed: status?.allowed === true,
    denied: status?.denied === true,
    ...(status?.reason ? { reason: status.reason } : {}),
    ...(status?.evaluationError ? { evaluationError: status.evaluationError } : {}),
  };
}

/**
 * The client's own namespace, unless discovery shows that the custom resource is cluster-scoped. Without the right to discovery, it stays the client's.
 *
 * @param group of a custom resource
 */
async function usualNamespace(
  { namespace, discovery }: ReviewContext,
  group: string | undefined,
  resource: string,
): Promise<string | undefined> {
  if (group === undefined) return namespace;
  const isNamespaced = await discovery.isNamespaced(group, resource).catch((error: unknown) => {
    if (hasReason(error, "Forbidden")) return undefined;
    throw error;
  });
  return isNamespaced === false ? undefined : namespace;
}

/**
 * Cluster-scoped resources are reviewed without a namespace, as their requests have none: a Role that names `nodes` grants nothing and would be taken for a yes.
 * Namespaces are the exception: the API server checks rights to a namespace within that namespace.
 */
function namespaceOfClusterScoped({ group, resource }: ResourceInfo, name: string | undefined): string | undefined {
  return group === "" && resource === "namespaces" ? name : undefined;
}
