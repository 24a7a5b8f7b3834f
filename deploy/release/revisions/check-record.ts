import { isRecord } from "../../../runtime/job/problem.ts";
import {
  type JobIdentity,
  jobLabels,
  MANAGED_BY_LABEL,
  MANAGER,
  type Manifest,
  NAME_LABEL,
  NAMESPACE_LABEL,
  REVISION_LABEL,
} from "../../manifests/manifest.ts";
import { wideName } from "../../manifests/rbac.ts";
import { configMapName } from "../../manifests/volumes.ts";
import { BUNDLE_VOLUME } from "../../settings/own-fields.ts";
import { CommandError } from "../../terminal/command-error.ts";
import { at, type Revision } from "./revision.ts";

type JobKey = Pick<JobIdentity, "name" | "namespace">;

const RBAC = "rbac.authorization.k8s.io";
const META_FIELDS: readonly string[] = ["name", "namespace", "labels", "annotations"];

/** The kinds that a deploy creates, with the API and the fields of each. */
const KINDS: Readonly<Record<string, { readonly apiVersion: string; readonly fields: readonly string[] }>> = {
  ServiceAccount: { apiVersion: "v1", fields: ["automountServiceAccountToken"] },
  Role: { apiVersion: `${RBAC}/v1`, fields: ["rules"] },
  RoleBinding: { apiVersion: `${RBAC}/v1`, fields: ["roleRef", "subjects"] },
  ClusterRole: { apiVersion: `${RBAC}/v1`, fields: ["rules"] },
  ClusterRoleBinding: { apiVersion: `${RBAC}/v1`, fields: ["roleRef", "subjects"] },
  NetworkPolicy: { apiVersion: "networking.k8s.io/v1", fields: ["spec"] },
  CronJob: { apiVersion: "batch/v1", fields: ["spec"] },
};

/**
 * Refuses a record that contains anything but what a deploy of this very job creates: another kind, name or namespace, a role bound to somebody else, a pod with
 * another ServiceAccount or bundle. Otherwise whoever can write the record could have the next rollback apply what they may not apply themselves.
 *
 * @throws {CommandError} that names the object and the problem
 */
export function refuseForeign(job: JobKey, revision: Revision): void {
  const problem = findForeign(job, revision);
  if (problem === undefined) return;
  throw new CommandError(`Revision ${revision.name} is not used: ${problem}`, {
    hint: "No errand deploy writes such a record. Find out who changed the CronJob, then deploy the job again from its file.",
  });
}

/** Says what a record contains that no deploy of this very job creates; undefined where all of it is the job's. */
export function findForeign(job: JobKey, { revision, manifests }: Revision): string | undefined {
  const cronJobs = manifests.filter(({ kind }) => kind === "CronJob");
  if (cronJobs.length !== 1) return `it has ${cronJobs.length} CronJobs`;
  const keys = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return `it has ${twice} twice`;
  const roleless = keys.find(
    (key) => /^(?:Cluster)?RoleBinding /.test(key) && !keys.includes(key.replace("Binding", "")),
  );
  if (roleless !== undefined) return `it has ${roleless} without its role`;
  const account = at(cronJobs[0]?.spec, ...TEMPLATE, "spec", "serviceAccountName");
  const hasOwn = manifests.some(({ kind }) => kind === "ServiceAccount");
  const hasRights = manifests.some(({ apiVersion }) => apiVersion.startsWith(RBAC));
  // A job that names another account gets no rights from errand.
  if (hasOwn || hasRights ? account !== job.name : typeof account !== "string") {
    return `its pods would run as ServiceAccount ${JSON.stringify(account)}`;
  }
  for (const manifest of manifests) {
    const problem = problemOf(job, manifest) ?? podProblem(job, revision, manifest);
    if (problem !== undefined) return `${String(manifest.kind)} ${String(manifest.metadata.name)} ${problem}`;
  }
  return undefined;
}

const TEMPLATE = ["jobTemplate", "spec", "template"] as const;

function problemOf(job: JobKey, manifest: Manifest): string | undefined {
  const { apiVersion, kind, metadata, ...fields } = manifest;
  const made = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (made === undefined || apiVersion !== made.apiVersion) return "is of a kind that no deploy creates";
  const field = Object.keys(fields).find((name) => !made.fields.includes(name));
  if (field !== undefined) return `has a field ${field}`;
  const meta = Object.keys(metadata).find((name) => !META_FIELDS.includes(name));
  if (meta !== undefined) return `has a field metadata.${meta}`;
  return placeProblem(job, manifest) ?? labelProblem(job, manifest) ?? fieldProblem(job, manifest);
}

/** The job's own name in its own namespace; elsewhere, where that could be another job's, a name that includes the namespace. */
function placeProblem(job: JobKey, { kind, metadata: { name, namespace } }: Manifest): string | undefined {
  const isClusterWide = kind.startsWith("Cluster");
  const isElsewhere = (kind === "Role" || kind === "RoleBinding") && namespace !== job.namespace;
  if (isClusterWide ? namespace !== undefined : namespace === undefined) return `has namespace ${namespace}`;
  if (!isClusterWide && !isElsewhere && namespace !== job.namespace) return `is of namespace ${namespace}`;
  return name === (isClusterWide || isElsewhere ? wideName(job) : job.name) ? undefined : "has another job's name";
}

function labelProblem(job: JobKey, { kind, metadata }: Manifest): string | undefined {
  const { labels } = metadata;
  // Such as aggregate-to-view, which would grant the job's rights to others.
  if (Object.keys(labels).some((key) => key.startsWith(`${RBAC}/`))) return "has labels that grant it to others";
  const isWide = kind.startsWith("Cluster") || metadata.namespace !== job.namespace;
  const isOwn = labels[NAME_LABEL] === job.name && labels[MANAGED_BY_LABEL] === MANAGER;
  return isOwn && (!isWide || labels[NAMESPACE_LABEL] === job.namespace) ? undefined : "has another job's labels";
}

function fieldProblem(job: JobKey, manifest: Manifest): string | undefined {
  const { kind, metadata, roleRef, subjects, automountServiceAccountToken, spec } = manifest;
  if (kind === "ServiceAccount" && automountServiceAccountToken !== false) return "mounts its token automatically";
  if (kind === "NetworkPolicy" && !isSame(at(spec, "podSelector", "matchLabels"), jobLabels(job.name))) {
    return "selects other pods";
  }
  if (!kind.endsWith("RoleBinding")) return undefined;
  const role = { apiGroup: RBAC, kind: kind.replace("Binding", ""), name: metadata.name };
  if (!isSame(roleRef, role)) return "binds another role";
  const subject = { kind: "ServiceAccount", name: job.name, namespace: job.namespace };
  return Array.isArray(subjects) && subjects.length === 1 && isSame(subjects[0], subject)
    ? undefined
    : "binds others than the job's ServiceAccount";
}

/** The pod must run the code of this revision. The rest of a pod is up to settings and job files. */
function podProblem(job: JobKey, revision: string, { kind, metadata, spec }: Manifest): string | undefined {
  if (kind !== "CronJob") return undefined;
  const pod = at(spec, ...TEMPLATE, "spec");
  if (!isRecord(pod) || (pod.serviceAccount !== undefined && pod.serviceAccount !== pod.serviceAccountName)) {
    return "has a pod that is not the job's";
  }
  const isOfRevision = [
    metadata.labels,
    at(spec, "jobTemplate", "metadata", "labels"),
    at(spec, ...TEMPLATE, "metadata", "labels"),
  ].every((labels) => at(labels, REVISION_LABEL) === revision && at(labels, NAME_LABEL) === job.name);
  if (!isOfRevision) return "is of another revision";
  const volumes = Array.isArray(pod.volumes) ? pod.volumes.filter(isRecord) : [];
  const bundles = volumes.filter(({ name }) => name === BUNDLE_VOLUME);
  return bundles.length === 1 && at(bundles[0], "configMap", "name") === configMapName(job.name, revision)
    ? undefined
    : "mounts another bundle";
}

function isSame(value: unknown, wanted: Readonly<Record<string, string>>): boolean {
  if (!isRecord(value)) return false;
  const names = Object.keys(wanted);
  return Object.keys(value).length === names.length && names.every((name) => value[name] === wanted[name]);
}
