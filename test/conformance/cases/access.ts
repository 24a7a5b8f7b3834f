import type { ConformanceCase } from "../case.ts";
import { APPS, CORE, configMap, RBAC, status } from "./objects.ts";

const NOBODY = "system:serviceaccount:{ns}:nobody";

function review(verb: string, resource: string) {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { namespace: "{ns}", verb, resource } },
  };
}

const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const SELF = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };

function role(name: string, rules: readonly object[]) {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name }, rules };
}

function binding(roleName: string, account: string, name = roleName) {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: roleName },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: "{ns}" }],
  };
}

export const accessCases: readonly ConformanceCase[] = [
  {
    title: "a request is forbidden with the missing rule in words when no role allows it",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/pods`, as: "nobody" },
        expect: {
          status: 403,
          body: status(
            403,
            "Forbidden",
            `pods is forbidden: User "${NOBODY}" cannot list resource "pods" in API group "" in the namespace "{ns}"`,
            { kind: "pods" },
          ),
        },
      },
      {
        send: { method: "DELETE", path: `${CORE}/pods/some`, as: "nobody" },
        expect: {
          status: 403,
          body: status(
            403,
            "Forbidden",
            `pods "some" is forbidden: User "${NOBODY}" cannot delete resource "pods" in API group "" in the namespace "{ns}"`,
            { kind: "pods", name: "some" },
          ),
        },
      },
      {
        send: { method: "GET", path: `${CORE}/pods/some/log`, as: "nobody" },
        expect: {
          status: 403,
          body: status(
            403,
            "Forbidden",
            `pods "some" is forbidden: User "${NOBODY}" cannot get resource "pods/log" in API group "" in the namespace "{ns}"`,
            { kind: "pods", name: "some" },
          ),
        },
      },
      {
        send: { method: "GET", path: `${APPS}/deployments?watch=true`, as: "nobody" },
        expect: {
          status: 403,
          body: status(
            403,
            "Forbidden",
            `deployments.apps is forbidden: User "${NOBODY}" cannot watch resource "deployments" in API group "apps" in the namespace "{ns}"`,
            { kind: "deployments", group: "apps" },
          ),
        },
      },
      {
        send: { method: "GET", path: "/api/v1/nodes", as: "nobody" },
        expect: {
          status: 403,
          body: status(
            403,
            "Forbidden",
            `nodes is forbidden: User "${NOBODY}" cannot list resource "nodes" in API group "" at the cluster scope`,
            { kind: "nodes" },
          ),
        },
      },
      {
        send: { method: "DELETE", path: `${CORE}/pods`, as: "nobody" },
        expect: {
          status: 403,
          body: {
            message: `pods is forbidden: User "${NOBODY}" cannot deletecollection resource "pods" in API group "" in the namespace "{ns}"`,
          },
        },
      },
      {
        send: { method: "GET", path: "/metrics", as: "nobody" },
        expect: {
          status: 403,
          body: status(403, "Forbidden", `forbidden: User "${NOBODY}" cannot get path "/metrics"`, {}),
        },
      },
    ],
  },
  {
    title: "a request is refused when it brings no token or one that nobody issued",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/pods`, as: "anonymous" },
        expect: {
          status: 403,
          body: {
            message:
              'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "{ns}"',
          },
        },
      },
      {
        send: { method: "GET", path: `${CORE}/pods`, as: "stranger" },
        expect: { status: 401, body: status(401, "Unauthorized", "Unauthorized") },
      },
    ],
  },
  {
    title: "a role lets through its verbs, and only the names that it lists",
    steps: [
      { send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("allowed") }, expect: { status: 201 } },
      {
        send: { method: "GET", path: `${CORE}/pods`, as: "reader" },
        expect: { status: 200, body: { kind: "PodList" } },
      },
      { send: { method: "GET", path: `${CORE}/configmaps/allowed`, as: "reader" }, expect: { status: 200 } },
      { send: { method: "GET", path: `${CORE}/configmaps/other`, as: "reader" }, expect: { status: 403 } },
      { send: { method: "GET", path: `${CORE}/configmaps`, as: "reader" }, expect: { status: 403 } },
      { send: { method: "GET", path: "/api/v1/pods", as: "reader" }, expect: { status: 403 } },
      { send: { method: "DELETE", path: `${CORE}/pods/some`, as: "reader" }, expect: { status: 403 } },
    ],
  },
  {
    title: "a request is forbidden and the lost role is named when a binding leads nowhere",
    steps: [
      { send: { method: "DELETE", path: `${RBAC}/roles/reader` }, expect: { status: 200 } },
      {
        send: { method: "GET", path: `${CORE}/pods`, as: "reader" },
        expect: {
          status: 403,
          body: {
            message:
              'pods is forbidden: User "system:serviceaccount:{ns}:reader" cannot list resource "pods" in API group "" in the namespace "{ns}": rbac: RBAC: role.rbac.authorization.k8s.io "reader" not found',
          },
        },
      },
    ],
  },
  {
    title: "a SelfSubjectAccessReview tells what the sender may do",
    steps: [
      {
        send: {
          method: "POST",
          path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          as: "reader",
          body: review("list", "pods"),
        },
        expect: { status: 201, body: { status: { allowed: true } } },
      },
      {
        send: {
          method: "POST",
          path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          as: "reader",
          body: review("delete", "pods"),
        },
        expect: { status: 201, body: { status: { allowed: false } } },
      },
    ],
  },
  {
    title: "nobody gives rights that he does not have, by a role or by a binding",
    steps: [
      {
        send: {
          method: "POST",
          path: `${RBAC}/roles`,
          body: role("makers", [
            { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["create"] },
          ]),
        },
        expect: { status: 201 },
      },
      {
        send: { method: "POST", path: `${RBAC}/rolebindings`, body: binding("makers", "nobody") },
        expect: { status: 201 },
      },
      {
        send: {
          method: "POST",
          path: `${RBAC}/roles`,
          as: "nobody",
          body: role("wide", [
            { apiGroups: [""], resources: ["pods", "secrets"], verbs: ["get", "list"] },
            { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["delete"] },
          ]),
        },
        expect: {
          status: 403,
          body: status(
            403,
            "Forbidden",
            `roles.rbac.authorization.k8s.io "wide" is forbidden: user "${NOBODY}" (groups=["system:serviceaccounts" "system:serviceaccounts:{ns}" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["web"], Verbs:["delete"]}`,
            { name: "wide", group: "rbac.authorization.k8s.io", kind: "roles" },
          ),
        },
      },
      {
        send: { method: "POST", path: `${RBAC}/rolebindings`, as: "nobody", body: binding("reader", "nobody", "mine") },
        expect: { status: 403, body: { reason: "Forbidden", details: { name: "mine", kind: "rolebindings" } } },
      },
      {
        send: { method: "POST", path: `${RBAC}/rolebindings`, as: "nobody", body: binding("absent", "nobody", "lost") },
        expect: {
          status: 404,
          body: status(404, "NotFound", 'rolebindings.rbac.authorization.k8s.io "absent" not found'),
        },
      },
      {
        send: {
          method: "POST",
          path: `${RBAC}/roles?dryRun=All`,
          as: "nobody",
          body: role("same", [{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create"] }]),
        },
        expect: { status: 201 },
      },
    ],
  },
  {
    title: "a request is made as somebody else when the sender may impersonate him",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/pods`, headers: { "impersonate-user": NOBODY } },
        expect: {
          status: 403,
          body: {
            message: `pods is forbidden: User "${NOBODY}" cannot list resource "pods" in API group "" in the namespace "{ns}"`,
          },
        },
      },
      {
        send: { method: "GET", path: `${CORE}/pods`, as: "reader", headers: { "impersonate-user": NOBODY } },
        expect: {
          status: 403,
          body: {
            message:
              'pods is forbidden: User "system:serviceaccount:{ns}:reader" cannot impersonate-on:serviceaccount:list resource "pods" in API group "" in the namespace "{ns}"',
          },
        },
      },
    ],
  },
  {
    title: "a uid and extra fields are impersonated only by a sender who may impersonate these too",
    steps: [
      {
        send: {
          method: "POST",
          path: `${RBAC}/roles`,
          body: role("acts", [{ apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"] }]),
        },
        expect: { status: 201 },
      },
      {
        send: { method: "POST", path: `${RBAC}/rolebindings`, body: binding("acts", "reader") },
        expect: { status: 201 },
      },
      ...[
        { headers: { "impersonate-user": NOBODY }, status: 201 },
        { headers: { "impersonate-user": NOBODY, "impersonate-uid": "7" }, status: 403 },
        { headers: { "impersonate-user": NOBODY, "impersonate-extra-example.com%2Fa": "b" }, status: 403 },
        { headers: { "impersonate-uid": "7" }, status: 400 },
        { headers: { "impersonate-extra-a": "b" }, status: 400 },
      ].map(({ headers, status: expected }) => ({
        send: { method: "POST", path: REVIEWS, as: "reader", headers, body: SELF } as const,
        expect: { status: expected },
      })),
      {
        send: {
          method: "POST",
          path: REVIEWS,
          headers: { "impersonate-user": NOBODY, "impersonate-uid": "7", "impersonate-extra-a": "b" },
          body: SELF,
        },
        expect: { status: 201 },
      },
    ],
  },
];
