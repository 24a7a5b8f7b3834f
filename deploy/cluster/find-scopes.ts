import type { AccessRule } from "../../runtime/job/access.ts";
import { Discovery } from "../../runtime/kube/discovery.ts";
import { isScopeUnknown } from "../manifests/scope.ts";
import type { ClusterApi } from "./cluster-api.ts";

/**
 * Asks a cluster which of a job's custom resources belong to a namespace, by one request: a Role grants nothing of those that do not.
 * What the cluster does not serve (yet) is left as it is, and taken for namespaced.
 */
export async function withScopes<J extends { readonly rules: readonly AccessRule[] }>(
  { send }: Pick<ClusterApi, "send">,
  job: J,
): Promise<J> {
  if (!job.rules.some(isScopeUnknown)) return job;
  const discovery = new Discovery(send);
  const rules: AccessRule[] = [];
  for (const rule of job.rules) rules.push(isScopeUnknown(rule) ? await scoped(discovery, rule) : rule);
  return { ...job, rules };
}

async function scoped(discovery: Discovery, rule: AccessRule): Promise<AccessRule> {
  try {
    const { namespaced } = await discovery.find(rule.group, rule.resource);
    return { ...rule, namespaced };
  } catch (error) {
    if (error instanceof RangeError) return rule;
    throw error;
  }
}
