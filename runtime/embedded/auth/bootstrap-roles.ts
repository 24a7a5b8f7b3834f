import type { KubeObject } from "../../kube/surface/objects.ts";
import { AUTHENTICATED_GROUP, MASTERS_GROUP, UNAUTHENTICATED_GROUP } from "./authentication.ts";

const API_GROUP = "rbac.authorization.k8s.io";
const API_VERSION = `${API_GROUP}/v1`;

interface BootstrapRole {
  readonly name: string;
  readonly rules: readonly object[];
  /** The groups it is bound to. */
  readonly groups: readonly string[];
}

const PUBLIC_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const DISCOVERY_PATHS = ["/api", "/api/*", "/apis", "/apis/*", ...PUBLIC_PATHS, "/openapi", "/openapi/*"];

/** The default roles of Kubernetes that every client needs. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings */
const ROLES: readonly BootstrapRole[] = [
  {
    name: "cluster-admin",
    rules: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ],
    groups: [MASTERS_GROUP],
  },
  {
    name: "system:discovery",
    rules: [{ nonResourceURLs: DISCOVERY_PATHS, verbs: ["get"] }],
    groups: [AUTHENTICATED_GROUP],
  },
  {
    name: "system:basic-user",
    rules: [
      {
        apiGroups: ["authorization.k8s.io"],
        resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        verbs: ["create"],
      },
      { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
    ],
    groups: [AUTHENTICATED_GROUP],
  },
  {
    name: "system:public-info-viewer",
    rules: [{ nonResourceURLs: PUBLIC_PATHS, verbs: ["get"] }],
    groups: [AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP],
  },
];

/** The ClusterRoles and ClusterRoleBindings of a new cluster. */
export function bootstrapRoles(): KubeObject[] {
  return ROLES.flatMap(({ name, rules, groups }) => [
    { apiVersion: API_VERSION, kind: "ClusterRole", metadata: { name }, rules },
    {
      apiVersion: API_VERSION,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name },
      subjects: groups.map((group) => ({ apiGroup: API_GROUP, kind: "Group", name: group })),
    },
  ]);
}
