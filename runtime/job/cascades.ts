import { parseAccessKey, type ResourceCatalog } from "./access.ts";
import { type DefinitionProblem, isRecord, problem } from "./problem.ts";

/** What is deleted along with an object: always its contents, or its dependents unless they are orphaned. */
export type Cascade = "contents" | "dependents";

const CONTAINERS = ["namespaces", "customresourcedefinitions.apiextensions.k8s.io"];
/** Built-in resources whose controllers create dependents, and the resources of those. */
export const OWNED: Readonly<Record<string, readonly string[]>> = {
  replicationcontrollers: ["pods"],
  "replicasets.apps": ["pods"],
  "statefulsets.apps": ["pods"],
  "daemonsets.apps": ["pods"],
  "deployments.apps": ["replicasets.apps", "pods"],
  "jobs.batch": ["pods"],
  "cronjobs.batch": ["jobs.batch", "pods"],
};
/** Built-in groups. Any other group's objects may own anything. */
const BUILTIN_GROUP = /^$|^(apps|autoscaling|batch|policy)$|\.k8s\.io$/;

/**
 * What the deletion of an object cascades to. Ignores a Service's endpoints and other objects that Kubernetes maintains for itself.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
 */
export function cascadeOf({
  group,
  resource,
}: {
  readonly group: string;
  readonly resource: string;
}): Cascade | undefined {
  const word = group === "" ? resource : `${resource}.${group}`;
  if (CONTAINERS.includes(word)) return "contents";
  return Object.hasOwn(OWNED, word) || !BUILTIN_GROUP.test(group) ? "dependents" : undefined;
}

/** Finds cascading deletions that the job does not declare. */
export function findCascadeProblems(
  { access, cascades }: Readonly<Record<string, unknown>>,
  catalog: ResourceCatalog,
): DefinitionProblem[] {
  if (cascades !== undefined && typeof cascades !== "boolean") return [problem("cascades", "expected true or false")];
  if (cascades === true || !isRecord(access)) return [];
  const { contents, dependents } = cascadingKeys(access, catalog);
  if (contents.length > 0) {
    return [problem("cascades", `deleting ${contents.join(", ")} deletes everything in it: set \`cascades: true\``)];
  }
  if (dependents.length === 0 || cascades === false) return [];
  const orphaned = 'or `cascades: false` to allow only deletions with propagationPolicy "Orphan"';
  return [
    problem(
      "cascades",
      `deleting ${dependents.join(", ")} also deletes what it owns: set \`cascades: true\`, ${orphaned}`,
    ),
  ];
}

/** The keys of `access` with a delete verb whose deletion cascades. */
export function cascadingKeys(access: object, catalog: ResourceCatalog): Readonly<Record<Cascade, readonly string[]>> {
  const found: Record<Cascade, string[]> = { contents: [], dependents: [] };
  for (const [key, rule] of Object.entries(access)) {
    const verbs: unknown = isRecord(rule) && !Array.isArray(rule) ? rule.verbs : rule;
    const { resource, group, subresource } = parseAccessKey(key);
    if (key.startsWith("/") || subresource !== undefined || !Array.isArray(verbs)) continue;
    if (!verbs.includes("delete") && !verbs.includes("deletecollection")) continue;
    const cascade = cascadeOf(catalog.find(key) ?? { resource, group: group ?? "" });
    if (cascade !== undefined) found[cascade].push(key);
  }
  return found;
}
