import { type ApiObject, isJsonObject, textAt } from "../objects/api-object.ts";
import { quote } from "../objects/api-status.ts";
import type { ObjectStore, ResourceKey } from "../storage/object-store.ts";
import { MASTERS_GROUP, type UserInfo } from "./authentication.ts";
import { type Attributes, type PolicyRule, readRules, ruleAllows } from "./policy-rule.ts";

/** The group of roles and their bindings. */
export const RBAC_GROUP = "rbac.authorization.k8s.io";
export const ROLES: ResourceKey = { group: RBAC_GROUP, resource: "roles" };
export const ROLE_BINDINGS: ResourceKey = { group: RBAC_GROUP, resource: "rolebindings" };
export const CLUSTER_ROLES: ResourceKey = { group: RBAC_GROUP, resource: "clusterroles" };
export const CLUSTER_ROLE_BINDINGS: ResourceKey = { group: RBAC_GROUP, resource: "clusterrolebindings" };

/** Whether something is allowed; where it is not, what went wrong while rules were looked up. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

const ALLOWED: Decision = { allowed: true };

/** The rules that bind a user, and references that lead nowhere. */
export interface BoundRules {
  readonly rules: readonly PolicyRule[];
  /** In the API server's words. */
  readonly errors: readonly string[];
}

/** Decides by the Role, ClusterRole, RoleBinding and ClusterRoleBinding objects in the store, read anew each time. */
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
 * Every rule that binds a user.
 *
 * @param namespace where his RoleBindings count as well; empty means cluster-wide rules only
 */
export function rulesFor(store: ObjectStore, user: UserInfo, namespace: string): BoundRules {
  const bindings = [
    ...store.all(CLUSTER_ROLE_BINDINGS),
    ...(namespace === "" ? [] : store.all(ROLE_BINDINGS, namespace)),
  ];
  const rules: PolicyRule[] = [];
  const errors: string[] = [];
  for (const binding of bindings) {
    if (!subjectsOf(binding).some((subject) => isMeant(subject, user, binding.metadata.namespace ?? ""))) continue;
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

function isMeant(subject: Record<string, unknown>, user: UserInfo, bindingNamespace: string): boolean {
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
  if (kind !== "Role" && kind !== "ClusterRole")
    return { missing: `unsupported role reference kind: ${quote(kind ?? "")}` };
  const found =
    kind === "Role" ? store.get(ROLES, binding.metadata.namespace, name) : store.get(CLUSTER_ROLES, undefined, name);
  return found ? { found } : { missing: `${kind.toLowerCase()}.${RBAC_GROUP} ${quote(name)} not found` };
}
