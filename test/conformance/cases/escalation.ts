import type { ConformanceCase } from "../case.ts";
import { binding, NOBODY, RBAC, role, status } from "./objects.ts";

export const escalationCases: readonly ConformanceCase[] = [
  {
    title: "a role or a binding is refused when it grants rights that its author does not have",
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
];
