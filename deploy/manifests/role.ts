import type { AccessRule } from "../../runtime/job/access.ts";
import { type JobIdentity, jobLabels, type Manifest, NAMESPACE_LABEL } from "./manifest.ts";
import { type PolicyRule, policyRules } from "./policy-rules.ts";

/** The name of what a job has in other namespaces and in the whole cluster, where its own name could be another's. */
export function wideName({ name, namespace }: Pick<JobIdentity, "name" | "namespace">): string {
  return `errand:${namespace}:${name}`;
}

/** What a job's Roles must grant, by where they stand. */
export interface Grants {
  /** Namespace to rules. */
  readonly byNamespace: ReadonlyMap<string, readonly PolicyRule[]>;
  /** What only a ClusterRole can grant: all of it for a job of the whole cluster, else resources without a namespace. */
  readonly clusterWide: readonly PolicyRule[];
}

/** Splits declared access by scope: never wider than what was written. */
export function grantsOf({ definition, namespace }: JobIdentity, rules: readonly AccessRule[]): Grants {
  const { scope = "namespace" } = definition;
  if (scope === "cluster") return { byNamespace: new Map(), clusterWide: policyRules(rules) };
  const namespaces = scope === "namespace" ? [namespace] : [...new Set([namespace, ...scope.namespaces])].sort();
  const namespaced = policyRules(rules.filter((rule) => rule.namespaced !== false));
  return {
    byNamespace: new Map(namespaced.length === 0 ? [] : namespaces.map((each) => [each, namespaced])),
    clusterWide: policyRules(rules.filter((rule) => rule.namespaced === false)),
  };
}

/** The Role of a job in one namespace. */
export function role(job: JobIdentity, namespace: string, rules: readonly PolicyRule[]): Manifest {
  const own = namespace === job.namespace;
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: own ? job.name : wideName(job), namespace, labels: roleLabels(job, own) },
    rules,
  };
}

/** The ClusterRole of a job. */
export function clusterRole(job: JobIdentity, rules: readonly PolicyRule[]): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: wideName(job), labels: roleLabels(job, false) },
    rules,
  };
}

/** Elsewhere the label of the job's own namespace tells it from a job of the same name in another. */
export function roleLabels({ name, namespace }: JobIdentity, own: boolean): Record<string, string> {
  return { ...jobLabels(name), ...(own ? {} : { [NAMESPACE_LABEL]: namespace }) };
}
