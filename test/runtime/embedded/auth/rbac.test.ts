import { describe, expect, it } from "vitest";
import { serviceAccountUser } from "../../../../runtime/embedded/auth/authentication.ts";
import {
  type Attributes,
  authorize,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  ROLE_BINDINGS,
  ROLES,
  readRules,
  ruleAllows,
} from "../../../../runtime/embedded/auth/rbac.ts";
import { ObjectStore } from "../../../../runtime/embedded/storage/object-store.ts";

const LIST_PODS = {
  about: "resource",
  verb: "list",
  group: "",
  resource: "pods",
  subresource: "",
  namespace: "team",
  name: "",
} as const satisfies Attributes;
const RULES = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
const ACCOUNT = { kind: "ServiceAccount", name: "job", namespace: "team" };
const user = serviceAccountUser("team", "job");

interface Setup {
  readonly role?: "Role" | "ClusterRole";
  readonly binding?: "RoleBinding" | "ClusterRoleBinding";
  readonly subject?: object;
  readonly namespace?: string;
  readonly missing?: boolean;
}

function storeWith(setup: Setup): ObjectStore {
  const { role = "Role", binding = "RoleBinding", subject = ACCOUNT, namespace = "team", missing = false } = setup;
  const store = new ObjectStore();
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const place = { name: "it", namespace };
  if (!missing && role === "Role") store.insert(ROLES, { apiVersion, kind: role, metadata: place, rules: RULES });
  if (!missing && role === "ClusterRole") {
    store.insert(CLUSTER_ROLES, { apiVersion, kind: role, metadata: { name: "it" }, rules: RULES });
  }
  const bound = { apiVersion, kind: binding, roleRef: { kind: role, name: "it" }, subjects: [subject] };
  if (binding === "RoleBinding") store.insert(ROLE_BINDINGS, { ...bound, metadata: place });
  else store.insert(CLUSTER_ROLE_BINDINGS, { ...bound, metadata: { name: "it" } });
  return store;
}

describe("authorize", () => {
  it("allows a service account the rules of a bound Role in its namespace", () => {
    const store = storeWith({});
    expect(authorize(store, user, LIST_PODS).allowed).toBe(true);
    expect(authorize(store, user, { ...LIST_PODS, verb: "delete" }).allowed).toBe(false);
    expect(authorize(store, user, { ...LIST_PODS, namespace: "other" }).allowed).toBe(false);
    expect(authorize(store, user, { ...LIST_PODS, namespace: "" }).allowed).toBe(false);
    expect(authorize(store, serviceAccountUser("other", "job"), LIST_PODS).allowed).toBe(false);
  });

  it("restricts a ClusterRole to one namespace if a RoleBinding binds it", () => {
    const store = storeWith({ role: "ClusterRole" });
    expect(authorize(store, user, LIST_PODS).allowed).toBe(true);
    expect(authorize(store, user, { ...LIST_PODS, namespace: "" }).allowed).toBe(false);
  });

  it("allows a ClusterRole in all namespaces if a ClusterRoleBinding binds it", () => {
    const store = storeWith({ role: "ClusterRole", binding: "ClusterRoleBinding" });
    expect(authorize(store, user, { ...LIST_PODS, namespace: "" }).allowed).toBe(true);
    expect(authorize(store, user, { ...LIST_PODS, namespace: "other" }).allowed).toBe(true);
  });

  it.each([
    { kind: "Group", name: "system:serviceaccounts:team" },
    { kind: "User", name: "system:serviceaccount:team:job" },
    { kind: "ServiceAccount", name: "job" },
  ])("matches the user of a binding to $kind $name", (subject) => {
    expect(authorize(storeWith({ subject }), user, LIST_PODS).allowed).toBe(true);
  });

  it("names the missing role of a binding", () => {
    expect(authorize(storeWith({ missing: true }), user, LIST_PODS)).toEqual({
      allowed: false,
      reason: 'rbac: RBAC: role.rbac.authorization.k8s.io "it" not found',
    });
  });

  it("allows system:masters everything", () => {
    const master = { name: "admin", groups: ["system:masters"] };
    expect(authorize(new ObjectStore(), master, { ...LIST_PODS, verb: "delete" }).allowed).toBe(true);
  });
});

function wanted(verb: string, resource: string, more: Partial<Attributes> = {}): Attributes {
  return {
    about: "resource",
    verb,
    group: "",
    resource,
    subresource: "",
    namespace: "team",
    name: "",
    ...more,
  } as Attributes;
}

function allows(rule: object, attributes: Attributes): boolean {
  return readRules({ rules: [rule] }).some((each) => ruleAllows(each, attributes));
}

const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };

describe("ruleAllows", () => {
  it("allows only what a rule without a star names", () => {
    expect(allows(PODS, wanted("list", "pods"))).toBe(true);
    expect(allows(PODS, wanted("delete", "pods"))).toBe(false);
    expect(allows(PODS, wanted("list", "secrets"))).toBe(false);
    expect(allows(PODS, wanted("list", "pods", { group: "metrics.k8s.io" }))).toBe(false);
  });

  it("treats a subresource as a separate resource", () => {
    const log = wanted("get", "pods", { subresource: "log" });
    expect(allows(PODS, log)).toBe(false);
    expect(allows({ ...PODS, resources: ["pods/log"] }, log)).toBe(true);
    expect(allows({ ...PODS, resources: ["*/log"] }, log)).toBe(true);
    expect(allows({ ...PODS, resources: ["pods/log"] }, wanted("get", "pods"))).toBe(false);
    expect(allows({ ...PODS, resources: ["*/log"] }, wanted("get", "pods"))).toBe(false);
  });

  it("treats a star as everything", () => {
    const star = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
    expect(allows(star, wanted("delete", "pods", { subresource: "eviction", group: "policy" }))).toBe(true);
    expect(allows(star, { about: "path", verb: "get", path: "/metrics" })).toBe(false);
  });

  it("allows only the listed names, if any", () => {
    const named = { ...PODS, resourceNames: ["a"] };
    expect(allows(named, wanted("get", "pods", { name: "a" }))).toBe(true);
    expect(allows(named, wanted("get", "pods", { name: "b" }))).toBe(false);
    expect(allows(named, wanted("list", "pods"))).toBe(false);
  });

  it.each([
    ["/metrics", "/metrics", true],
    ["/metrics", "/metrics/cadvisor", false],
    ["/metrics/*", "/metrics/cadvisor", true],
    ["*", "/anything", true],
  ])("matches the path pattern %s against %s", (pattern, path, matches) => {
    expect(allows({ nonResourceURLs: [pattern], verbs: ["get"] }, { about: "path", verb: "get", path })).toBe(matches);
  });
});
