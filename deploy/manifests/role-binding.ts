import type { JobIdentity, Manifest } from "./manifest.ts";
import { roleLabels, wideName } from "./role.ts";
import { serviceAccountName } from "./service-account.ts";

/** Binds a job's Role in one namespace to its ServiceAccount. */
export function roleBinding(job: JobIdentity, namespace: string): Manifest {
  const own = namespace === job.namespace;
  const name = own ? job.name : wideName(job);
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name, namespace, labels: roleLabels(job, own) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: subjects(job),
  };
}

/** Binds a job's ClusterRole to its ServiceAccount. */
export function clusterRoleBinding(job: JobIdentity): Manifest {
  const name = wideName(job);
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name, labels: roleLabels(job, false) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: subjects(job),
  };
}

function subjects(job: JobIdentity) {
  return [{ kind: "ServiceAccount", name: serviceAccountName(job), namespace: job.namespace }];
}
