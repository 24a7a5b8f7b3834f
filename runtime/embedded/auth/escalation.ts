import type { ResourceInfo } from "../../job/access.ts";
import { resourceText } from "../../kube/errors/kube-error.ts";
import { type JsonObject, textAt } from "../objects/api-object.ts";
import { ApiStatusError, notFound, quote } from "../objects/api-status.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { MASTERS_GROUP, type UserInfo } from "./authentication.ts";
import {
  authorize,
  CLUSTER_ROLES,
  type PolicyRule,
  RBAC_GROUP,
  ROLES,
  readRules,
  ruleAllows,
  rulesFor,
} from "./rbac.ts";

/** One verb on one resource, or on one object; or one verb on one path. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly path: string;
}

const KINDS = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);

/**
 * Refuses a role or binding that grants rights its author does not have, unless they may `escalate` or `bind` it.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 *
 * @param namespace of the request; empty for the whole cluster
 * @param object the role or binding to store
 * @throws {ApiStatusError} 403 with the missing rights; 404 for a binding to a role that does not exist
 */
export function refuseEscalation(
  store: ObjectStore,
  user: UserInfo,
  info: ResourceInfo,
  namespace: string,
  object: JsonObject,
): void {
  if (info.group !== RBAC_GROUP || !KINDS.has(info.kind) || user.groups.includes(MASTERS_GROUP)) return;
  const name = textAt(object, "metadata", "name") ?? "";
  const isBinding = info.kind.endsWith("Binding");
  const role = isBinding ? boundRole(object) : { resource: info.resource, name };
  const wanted = { about: "resource", group: RBAC_GROUP, subresource: "", namespace, ...role } as const;
  if (authorize(store, user, { ...wanted, verb: isBinding ? "bind" : "escalate" }).allowed) return;
  const given = isBinding ? rulesOfRole(store, info, role, namespace) : readRules(object);
  const held = rulesFor(store, user, namespace).rules;
  const missing = given.flatMap(rightsOf).filter((right) => !held.some((rule) => covers(rule, right)));
  if (missing.length === 0) return;
  const groups = `[${user.groups.map(quote).join(" ")}]`;
  const lines = describe(missing).join("\n");
  const why = `user ${quote(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${lines}`;
  throw new ApiStatusError(403, "Forbidden", `${resourceText(info)} ${quote(name)} is forbidden: ${why}`, {
    name,
    group: info.group,
    kind: info.resource,
  });
}

function boundRole(binding: JsonObject): { resource: string; name: string } {
  const clusterWide = textAt(binding, "roleRef", "kind") === "ClusterRole";
  return {
    resource: clusterWide ? CLUSTER_ROLES.resource : ROLES.resource,
    name: textAt(binding, "roleRef", "name") ?? "",
  };
}

/** For a missing role, the API server's message names the binding's resource. */
function rulesOfRole(
  store: ObjectStore,
  binding: ResourceInfo,
  { resource, name }: { resource: string; name: string },
  namespace: string,
): PolicyRule[] {
  const role = store.get({ group: RBAC_GROUP, resource }, resource === ROLES.resource ? namespace : undefined, name);
  if (!role) throw notFound(binding, name);
  return readRules(role);
}

/** Splits a rule into its smallest parts, each of which a single rule covers completely or not at all. */
function rightsOf({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): Right[] {
  const names = resourceNames.length > 0 ? resourceNames : [""];
  const onResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name) => ({ verb, group, resource, name, path: "" }))),
    ),
  );
  const onPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({ verb, group: "", resource: "", name: "", path })),
  );
  return [...onResources, ...onPaths];
}

function covers(rule: PolicyRule, { verb, group, resource, name, path }: Right): boolean {
  if (path !== "") return ruleAllows(rule, { about: "path", verb, path });
  const [main = "", subresource = ""] = resource.split("/");
  return ruleAllows(rule, { about: "resource", verb, group, resource: main, subresource, namespace: "", name });
}

/** One line per resource with all its verbs, in Go's format. */
function describe(missing: readonly Right[]): string[] {
  const verbsOf = new Map<string, string[]>();
  for (const { verb, group, resource, name, path } of missing) {
    const names = name === "" ? "" : `, ResourceNames:[${quote(name)}]`;
    const what =
      path === ""
        ? `APIGroups:[${quote(group)}], Resources:[${quote(resource)}]${names}`
        : `NonResourceURLs:[${quote(path)}]`;
    verbsOf.set(what, [...(verbsOf.get(what) ?? []), quote(verb)]);
  }
  return [...verbsOf].map(([what, verbs]) => `{${what}, Verbs:[${verbs.join(" ")}]}`).sort();
}
