import { type AccessRule, RESOURCE_VERBS } from "../../runtime/job/access.ts";

/** A rule on resources. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A rule of a Role; one on paths that are no resources stands only in a ClusterRole. */
export type PolicyRule =
  | ResourceRule
  | { readonly nonResourceURLs: readonly string[]; readonly verbs: readonly string[] };

/**
 * Writes declared access as RBAC rules: exactly what was declared, with the resources of one group that have the same verbs and names in
 * one rule, and everything sorted, so that the order of writing changes nothing.
 */
export function policyRules(rules: readonly AccessRule[]): PolicyRule[] {
  const resourcesByRest = new Map<string, Set<string>>();
  for (const { group, resource, subresource, verbs, names, path } of rules) {
    if (path !== undefined) continue;
    const rest = JSON.stringify([group, sortedVerbs(verbs), names ? sortedNames(names) : null]);
    const resources = resourcesByRest.get(rest) ?? new Set();
    resourcesByRest.set(rest, resources.add(subresource === undefined ? resource : `${resource}/${subresource}`));
  }
  return [...resourcesByRest]
    .map(([rest, resources]): PolicyRule => {
      const [group, verbs, names] = JSON.parse(rest) as [string, string[], string[] | null];
      return {
        apiGroups: [group],
        resources: [...resources].sort(),
        ...(names === null ? {} : { resourceNames: names }),
        verbs,
      };
    })
    .sort(compareRules)
    .concat(pathRules(rules));
}

/** Paths that are no resources: only a ClusterRole can grant them, and all of them are only read. */
function pathRules(rules: readonly AccessRule[]): PolicyRule[] {
  const paths = rules.flatMap(({ path }) => (path === undefined ? [] : [path])).sort();
  return paths.length === 0 ? [] : [{ nonResourceURLs: paths, verbs: ["get"] }];
}

/** In RBAC's usual order: reading first. */
function sortedVerbs(verbs: readonly string[]): string[] {
  return RESOURCE_VERBS.filter((verb) => verbs.includes(verb));
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function compareRules(left: PolicyRule, right: PolicyRule): number {
  const [leftKey, rightKey] = [left, right].map((rule) =>
    JSON.stringify("resources" in rule ? [rule.apiGroups, rule.resources, rule] : [rule]),
  );
  return (leftKey ?? "") < (rightKey ?? "") ? -1 : 1;
}
