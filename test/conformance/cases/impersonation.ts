import type { ConformanceCase } from "../case.ts";
import { binding, CORE, NOBODY, RBAC, role } from "./objects.ts";

const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const SELF = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };

export const impersonationCases: readonly ConformanceCase[] = [
  {
    title: "a request is made as another user when the sender may impersonate them",
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
    title: "a uid and extra fields are impersonated only when the sender may impersonate these too",
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
