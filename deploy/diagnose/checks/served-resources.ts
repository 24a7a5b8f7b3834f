import type { AccessRule } from "../../../runtime/job/access.ts";
import type { ServedGroup } from "../../../runtime/kube/catalog/served.ts";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { OUTCOMES } from "../../../runtime/run/report/outcome.ts";

/** Why a job could not be deployed, or would not run. */
export interface Problem {
  readonly text: string;
  /** What the command ends with where there is nothing worse. */
  readonly exitCode: number;
}

/**
 * Finds what a job declares and this API server does not serve, custom resources too: a Role may name anything, and nobody would be told.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export async function findUnserved(client: KubeClient, rules: readonly AccessRule[]): Promise<Problem[]> {
  const resources = rules.filter(({ path }) => path === undefined);
  if (resources.length === 0) return [];
  const served = await client.served();
  return resources.map((rule) => problemOf(rule, served)).filter((problem) => problem !== undefined);
}

function problemOf(rule: AccessRule, served: readonly ServedGroup[]): Problem | undefined {
  const { key, group, version, resource, subresource, verbs } = rule;
  const problem = (text: string, { exitCode } = OUTCOMES.invalid as { readonly exitCode: number }) => ({
    text: `${key}: ${text}`,
    exitCode,
  });
  const ofGroup = served.find((each) => each.group === group)?.versions;
  if (ofGroup === undefined) return problem(`this cluster has no API group "${group}"`);
  const versions = version === undefined ? ofGroup : ofGroup.filter((each) => each.version === version);
  const main = versions.flatMap(({ resources }) => resources).find((each) => each.resource === resource);
  if (main === undefined && versions.some(({ isAway }) => isAway)) {
    const see = `kubectl get apiservices | grep ${group}`;
    return problem(
      `the API group ${group} is not available right now because its own server is down: ${see}`,
      OUTCOMES.unreachable,
    );
  }
  const found = subresource === undefined ? main : main?.subresources.find(({ name }) => name === subresource);
  if (found === undefined) return problem("this cluster does not have it");
  const unknown = verbs.filter((verb) => !found.verbs.includes(verb));
  return unknown.length === 0 ? undefined : problem(`this cluster does not support ${unknown.join(", ")} for it`);
}
