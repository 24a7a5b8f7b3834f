import { type AccessRule, RESOURCE_VERBS } from "../../runtime/job/access.ts";

/** A rule of a Role. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * Writes declared access as RBAC rules: exactly what was declared, with the resources of one group that have the same verbs and names in
 * one rule, and everything sorted, so that the order of writing changes nothing.
 */
export function policyRules(rules: readonly AccessRule[]): PolicyRule[] {
  const resourcesByRest = new Map<string, Set<string>>();
  for (const { group, resource, subresource, verbs, names } of rules) {
    const rest = JSON.stringify([group, sortedVerbs(verbs), names ? sortedNames(names) : null]);
    const resources = resourcesByRest.get(rest) ?? new Set();
    resourcesByRest.set(rest, resources.add(subresource === undefined ? resource : `${resource}/${subresource}`));
  }
  return [...resourcesByRest]
    .map(([rest, resources]) => {
      const [group, verbs, names] = JSON.parse(rest) as [string, string[], string[] | null];
      return {
        apiGroups: [group],
        resources: [...resources].sort(),
        ...(names === null ? {} : { resourceNames: names }),
        verbs,
      };
    })
    .sort(compareRules);
}

/** In RBAC's usual order: reading first. */
function sortedVerbs(verbs: readonly string[]): string[] {
  return RESOURCE_VERBS.filter((verb) => verbs.includes(verb));
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function compareRules(left: PolicyRule, right: PolicyRule): number {
  const [leftKey, rightKey] = [left, right].map((rule) => JSON.stringify([rule.apiGroups, rule.resources, rule]));
  return (leftKey ?? "") < (rightKey ?? "") ? -1 : 1;
}
