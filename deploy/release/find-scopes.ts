import type { AccessRule } from "../../runtime/job/access.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { builtinResources } from "../../runtime/kube/catalog/builtin.ts";
import { API_UNAVAILABLE } from "../../runtime/kube/catalog/discovery.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import { isScopeUnknown } from "../manifests/rbac.ts";

type OnUnserved = (rule: AccessRule, error: Error) => void;

/**
 * Asks a cluster which of a job's custom resources belong to a namespace, by one request: a Role grants nothing of those that do not.
 * What the cluster does not serve (yet, or right now) is left as it is, and taken for namespaced.
 *
 * @param onUnserved called with each rule of that kind, and why
 */
export async function withScopes<J extends { readonly rules: readonly AccessRule[] }>(
  client: Pick<KubeClient, "find">,
  job: J,
  onUnserved: OnUnserved = () => {},
): Promise<J> {
  if (!job.rules.some(isScopeUnknown)) return job;
  // At once, so that all that are missing are looked for once more by one request.
  const rules = job.rules.map((rule) => (isScopeUnknown(rule) ? scoped(client, rule, onUnserved) : rule));
  return { ...job, rules: await Promise.all(rules) };
}

/** It may be a spelling mistake, the server that answers for its group may be away, and it may be that a CustomResourceDefinition is installed after the jobs that use it. */
export function describeUnserved({ key, group, resource }: AccessRule, error?: Error): string {
  if (isGroupAway(error)) {
    return `access: ${key}: the API group ${group} is not available right now; its resources are taken for namespaced
Its own server is away: until it is back, each call of it fails: kubectl get apiservices | grep ${group}`;
  }
  const builtin = builtinResources().map((each) => `${each.resource}.${each.group}`);
  const closest = closestWord(`${resource}.${group}`, builtin);
  const meant = closest === undefined ? "" : `; did you mean "${closest}"?`;
  return `access: ${key}: this cluster does not serve it${meant}
Until its CustomResourceDefinition is installed, each call of it fails: kubectl api-resources --api-group=${group} does not list it.`;
}

async function scoped(client: Pick<KubeClient, "find">, rule: AccessRule, onUnserved: OnUnserved): Promise<AccessRule> {
  try {
    const { namespaced } = await client.find({ group: rule.group, resource: rule.resource });
    return { ...rule, namespaced };
  } catch (error) {
    if (!(error instanceof RangeError) && !isGroupAway(error)) throw error;
    onUnserved(rule, error);
    return rule;
  }
}

/** True where discovery says that the server is away that answers for an API group. */
function isGroupAway(error: unknown): error is TransportError {
  return error instanceof TransportError && error.code === API_UNAVAILABLE;
}
