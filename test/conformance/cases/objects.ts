/** A ConfigMap, the plainest of objects. */
export function configMap(name: string, more: { labels?: object; data?: object; immutable?: boolean } = {}) {
  const { labels, data = { key: "value" }, ...rest } = more;
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...(labels ? { labels } : {}) }, data, ...rest };
}

/** A pod that no node ever takes. */
export function pod(name: string, labels: object = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: {
      schedulerName: "none",
      containers: [{ name: "main", image: "nowhere", terminationMessagePath: "/dev/termination-log" }],
    },
  };
}

/** A Deployment that makes no pods. */
export function deployment(name: string) {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "nowhere", env: [{ name: "FIRST", value: "1" }] }] },
      },
    },
  };
}

export const CORE = "/api/v1/namespaces/{ns}";
export const APPS = "/apis/apps/v1/namespaces/{ns}";
export const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}";

/** The body of an error, with the fields that clients read. */
export function status(code: number, reason: string, message: unknown, details?: unknown) {
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code,
    reason,
    message,
    ...(details ? { details } : {}),
  };
}

/** The user of a case's ServiceAccount without rights. */
export const NOBODY = "system:serviceaccount:{ns}:nobody";

/** A Role of the case's namespace. */
export function role(name: string, rules: readonly object[]) {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name }, rules };
}

/** A RoleBinding of a Role to a ServiceAccount of the case's namespace. */
export function binding(roleName: string, account: string, name = roleName) {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: roleName },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: "{ns}" }],
  };
}
