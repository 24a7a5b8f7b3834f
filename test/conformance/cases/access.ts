import type { ConformanceCase } from "../case.ts";
import { APPS, CORE, configMap, NOBODY, RBAC, status } from "./objects.ts";

function review(verb: string, resource: string) {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { namespace: "{ns}", verb, resource } },
  };
}

export const accessCases: readonly ConformanceCase[] = [
  {
    title: "a request is forbidden, with the missing rule in the message, when no role allows it",
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
    title: "a request is refused when it has no token or an unknown one",
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
    title: "a role allows its verbs, and only the names that it lists",
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
    title: "a request is forbidden, and the missing role named, when a binding refers to none",
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
    title: "a SelfSubjectAccessReview says what the sender may do",
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
];
