import { isJsonObject } from "../objects/api-object.ts";

/** A rule of a Role or ClusterRole. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** What someone wants to do, in the words that rules use. */
export type Attributes =
  | {
      readonly about: "resource";
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly about: "path"; readonly verb: string; readonly path: string };

const ANY = "*";

/** Reads the rules out of a stored Role or ClusterRole; lists that are absent are empty. */
export function readRules(role: { readonly [field: string]: unknown }): PolicyRule[] {
  const rules = Array.isArray(role.rules) ? role.rules : [];
  return rules.filter(isJsonObject).map((rule) => ({
    verbs: texts(rule.verbs),
    apiGroups: texts(rule.apiGroups),
    resources: texts(rule.resources),
    resourceNames: texts(rule.resourceNames),
    nonResourceURLs: texts(rule.nonResourceURLs),
  }));
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** True where one rule allows what is wanted. https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/auth/authorizer/rbac/rbac.go */
export function ruleAllows(rule: PolicyRule, wanted: Attributes): boolean {
  if (!hasOrAny(rule.verbs, wanted.verb)) return false;
  if (wanted.about === "path") return rule.nonResourceURLs.some((pattern) => matchesUrl(pattern, wanted.path));
  return (
    hasOrAny(rule.apiGroups, wanted.group) &&
    rule.resources.some((pattern) => matchesResource(pattern, wanted.resource, wanted.subresource)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(wanted.name))
  );
}

function hasOrAny(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes(ANY) || allowed.includes(wanted);
}

function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  if (pattern === ANY || pattern === combined) return true;
  return subresource !== "" && pattern === `${ANY}/${subresource}`;
}

/** A trailing `*` stands for any ending. */
function matchesUrl(pattern: string, path: string): boolean {
  if (pattern === ANY || pattern === path) return true;
  return pattern.endsWith(ANY) && path.startsWith(pattern.slice(0, -1));
}
