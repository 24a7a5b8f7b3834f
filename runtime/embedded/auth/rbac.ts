import { resourceText } from "../../kube/errors/kube-error.ts";
import { type ApiObject, isJsonObject, textAt } from "../objects/api-object.ts";
import { ApiStatusError, quote } from "../objects/api-status.ts";
import type { GroupResource } from "../objects/resource-table.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { MASTERS_GROUP, type UserInfo } from "./authentication.ts";

/** The group of roles and their bindings. */
export const RBAC_GROUP = "rbac.authorization.k8s.io";
export const ROLES: GroupResource = { group: RBAC_GROUP, resource: "roles" };
export const ROLE_BINDINGS: GroupResource = { group: RBAC_GROUP, resource: "rolebindings" };
export const CLUSTER_ROLES: GroupResource = { group: RBAC_GROUP, resource: "clusterroles" };
export const CLUSTER_ROLE_BINDINGS: GroupResource = { group: RBAC_GROUP, resource: "clusterrolebindings" };

/** A rule of a Role or ClusterRole. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** The attributes of a request, in the terms of rules. */
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

/** Whether it is allowed, and if not, errors while the rules were collected. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

const ALLOWED: Decision = { allowed: true };

/** The rules that apply to a user, and the bindings whose role is missing. */
interface BoundRules {
  readonly rules: readonly PolicyRule[];
  /** In the API server's words. */
  readonly errors: readonly string[];
}

/** Decides from the roles and bindings that are currently in the store. */
export function authorize(store: ObjectStore, user: UserInfo, wanted: Attributes): Decision {
  if (user.groups.includes(MASTERS_GROUP)) return ALLOWED;
  const namespace = wanted.about === "resource" ? wanted.namespace : "";
  const { rules, errors } = rulesFor(store, user, namespace);
  if (rules.some((rule) => ruleAllows(rule, wanted))) return ALLOWED;
  if (errors.length === 0) return { allowed: false, reason: "" };
  const distinct = [...new Set(errors)];
  const joined = distinct.length === 1 ? distinct[0] : `[${distinct.join(", ")}]`;
  return { allowed: false, reason: `rbac: RBAC: ${joined}` };
}

/**
 * All rules that apply to a user.
 *
 * @param namespace includes its RoleBindings; empty for cluster-wide rules only
 */
export function rulesFor(store: ObjectStore, user: UserInfo, namespace: string): BoundRules {
  const bindings = [
    ...store.all(CLUSTER_ROLE_BINDINGS),
    ...(namespace === "" ? [] : store.all(ROLE_BINDINGS, namespace)),
  ];
  const rules: PolicyRule[] = [];
  const errors: string[] = [];
  for (const binding of bindings) {
    if (!subjectsOf(binding).some((subject) => isSubject(subject, user, binding.metadata.namespace ?? ""))) continue;
    const role = referredRole(store, binding);
    if ("missing" in role) errors.push(role.missing);
    else rules.push(...readRules(role.found));
  }
  return { rules, errors };
}

function subjectsOf(binding: ApiObject): Record<string, unknown>[] {
  const subjects = binding.subjects;
  return Array.isArray(subjects) ? subjects.filter(isJsonObject) : [];
}

function isSubject(subject: Record<string, unknown>, user: UserInfo, bindingNamespace: string): boolean {
  const name = subject.name;
  switch (subject.kind) {
    case "User":
      return user.name === name;
    case "Group":
      return typeof name === "string" && user.groups.includes(name);
    case "ServiceAccount":
      return user.name === `system:serviceaccount:${subject.namespace ?? bindingNamespace}:${name}`;
    default:
      return false;
  }
}

function referredRole(store: ObjectStore, binding: ApiObject): { found: ApiObject } | { missing: string } {
  const kind = textAt(binding, "roleRef", "kind");
  const name = textAt(binding, "roleRef", "name") ?? "";
  if (kind !== "Role" && kind !== "ClusterRole") {
    return { missing: `unsupported role reference kind: ${quote(kind ?? "")}` };
  }
  const found =
    kind === "Role" ? store.get(ROLES, binding.metadata.namespace, name) : store.get(CLUSTER_ROLES, undefined, name);
  return found ? { found } : { missing: `${kind.toLowerCase()}.${RBAC_GROUP} ${quote(name)} not found` };
}

const ANY = "*";

/** Reads the rules of a stored Role or ClusterRole; absent lists are empty. */
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

/** True if the rule allows the request. https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/auth/authorizer/rbac/rbac.go */
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

/** A trailing `*` matches any ending. */
function matchesUrl(pattern: string, path: string): boolean {
  if (pattern === ANY || pattern === path) return true;
  return pattern.endsWith(ANY) && path.startsWith(pattern.slice(0, -1));
}

/**
 * The API server's 403, word for word, because clients parse the missing rule from it.
 * https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/responsewriters/errors.go
 *
 * @param reason further errors, such as a binding to a missing role; may be empty
 */
export function forbidden(user: UserInfo, wanted: Attributes, reason: string): ApiStatusError {
  const ending = reason === "" ? "" : `: ${reason}`;
  const why = `${escapeHtml(describe(user, wanted))}${ending}`;
  if (wanted.about === "path") return new ApiStatusError(403, "Forbidden", `forbidden: ${why}`, {});
  const resource = resourceText({ group: wanted.group, resource: wanted.resource });
  const what = wanted.name === "" ? resource : `${resource} ${quote(wanted.name)}`;
  return new ApiStatusError(403, "Forbidden", `${what} is forbidden: ${why}`, {
    name: wanted.name,
    group: wanted.group,
    kind: wanted.resource,
  });
}

function describe(user: UserInfo, wanted: Attributes): string {
  const who = `User ${quote(user.name)} cannot ${wanted.verb}`;
  if (wanted.about === "path") return `${who} path ${quote(wanted.path)}`;
  const resource = wanted.subresource === "" ? wanted.resource : `${wanted.resource}/${wanted.subresource}`;
  const what = `resource ${quote(resource)} in API group ${quote(wanted.group)}`;
  const where = wanted.namespace === "" ? "at the cluster scope" : `in the namespace ${quote(wanted.namespace)}`;
  return `${who} ${what} ${where}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
