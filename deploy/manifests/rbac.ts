// What a job may do, as RBAC: its ServiceAccount, its roles and their bindings.
import { type AccessRule, RESOURCE_VERBS } from "../../runtime/job/access.ts";
import { type JobIdentity, jobLabels, type Manifest, NAMESPACE_LABEL } from "./manifest.ts";

/** The ServiceAccount that a job runs as. Its token is mounted only by pods that ask for it. */
export function serviceAccount({ name, namespace }: JobIdentity): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, labels: jobLabels(name) },
    automountServiceAccountToken: false,
  };
}

/** The name of a job's ServiceAccount: its own, or the one that the job file sets. */
export function serviceAccountName({ name, definition }: JobIdentity): string {
  return definition.serviceAccountName ?? name;
}

/** The name of a job's objects in other namespaces and in the whole cluster, where the job's own name could be another's. */
export function wideName({ name, namespace }: Pick<JobIdentity, "name" | "namespace">): string {
  return `errand:${namespace}:${name}`;
}

/** What a job's Roles must grant, by where they are. */
export interface Grants {
  /** Rules by namespace. */
  readonly byNamespace: ReadonlyMap<string, readonly PolicyRule[]>;
  /** What only a ClusterRole can grant: everything for a job with scope "cluster", else cluster-scoped resources. */
  readonly clusterWide: readonly PolicyRule[];
}

/** Splits declared access by scope. It grants no more than what was declared. */
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

/** Outside its own namespace, a label with the namespace distinguishes a job from others of the same name. */
function roleLabels({ name, namespace }: JobIdentity, own: boolean): Record<string, string> {
  return { ...jobLabels(name), ...(own ? {} : { [NAMESPACE_LABEL]: namespace }) };
}

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

/** A rule on resources. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A rule of a Role. Only a ClusterRole can have one on non-resource paths. */
export type PolicyRule =
  | ResourceRule
  | { readonly nonResourceURLs: readonly string[]; readonly verbs: readonly string[] };

/**
 * Declared access as RBAC rules: exactly what was declared, with resources of a group that have the same verbs and names in one rule, and everything sorted, so that
 * the order in the job file does not matter.
 */
export function policyRules(rules: readonly AccessRule[]): PolicyRule[] {
  const resourcesByRest = new Map<string, Set<string>>();
  for (const { group, resource, subresource, verbs, names, path } of rules) {
    if (path !== undefined) continue;
    const rest = JSON.stringify([group, sortedVerbs(verbs), names ? sortedNames(names) : null]);
    const resources = resourcesByRest.get(rest) ?? new Set();
    resourcesByRest.set(rest, resources.add(subresource === undefined ? resource : `${resource}/${subresource}`));
  }
  return [...resourcesByRest]
    .map(([rest, resources]): PolicyRule => {
      const [group, verbs, names] = JSON.parse(rest) as [string, string[], string[] | null];
      return {
        apiGroups: [group],
        resources: [...resources].sort(),
        ...(names === null ? {} : { resourceNames: names }),
        verbs,
      };
    })
    .sort(compareRules)
    .concat(pathRules(rules));
}

/** Non-resource paths: only a ClusterRole can grant them, and a job can only get them. */
function pathRules(rules: readonly AccessRule[]): PolicyRule[] {
  const paths = rules.flatMap(({ path }) => (path === undefined ? [] : [path])).sort();
  return paths.length === 0 ? [] : [{ nonResourceURLs: paths, verbs: ["get"] }];
}

/** In RBAC's usual order: reading first. */
function sortedVerbs(verbs: readonly string[]): string[] {
  return RESOURCE_VERBS.filter((verb) => verbs.includes(verb));
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function compareRules(left: PolicyRule, right: PolicyRule): number {
  const [leftKey, rightKey] = [left, right].map((rule) =>
    JSON.stringify("resources" in rule ? [rule.apiGroups, rule.resources, rule] : [rule]),
  );
  return (leftKey ?? "") < (rightKey ?? "") ? -1 : 1;
}

/** True for a custom resource: only a cluster knows whether it is namespaced. */
export function isScopeUnknown({ namespaced, path }: AccessRule): boolean {
  return namespaced === undefined && path === undefined;
}

/** What is assumed about custom resources when manifests are rendered without a cluster. */
export function describeUnknownScopes(keys: readonly string[]): string {
  return `${keys.join(", ")}: assumed to be namespaced. errand deploy asks the cluster; errand render cannot, and grants cluster-wide resources only to jobs with scope: "cluster"`;
}
