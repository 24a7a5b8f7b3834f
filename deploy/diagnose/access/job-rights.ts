import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { hasReason } from "../../../runtime/kube/errors/api-error.ts";
import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { KubeObject, Returned } from "../../../runtime/kube/surface/objects.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { type Account, groupsOf, userOf } from "../../cluster/identities.ts";
import {
  COMPONENT_LABEL,
  MANAGED_BY_LABEL,
  MANAGER,
  NAME_LABEL,
  NAMESPACE_LABEL,
  REVISION_LABEL,
} from "../../manifests/manifest.ts";
import { grantsOf, wideName } from "../../manifests/rbac.ts";
import { attributesOf, type Right, rightsOf } from "../../manifests/right.ts";
import { loadJobFile } from "../../project/job-file.ts";
import { rightsIn } from "../../release/gained-rights.ts";
import { fetchRevisions } from "../../release/revisions/record-deploy.ts";
import { findCurrent } from "../../release/revisions/revision.ts";
import type { CronJobObject } from "../../runs/find-job.ts";

/** What a job declares, and where that was found. */
export interface Declared {
  readonly rights: readonly Right[];
  /** `role`: there is no record of a deploy, so what its Role grants counts as declared. */
  readonly source: "file" | "deployed" | "role";
}

/** Reads what a job file declares. */
export async function declaredInFile(path: string, namespace: string): Promise<Declared> {
  const { name, definition, rules } = await loadJobFile(path);
  const { byNamespace, clusterWide } = grantsOf({ name, namespace, definition }, rules);
  const narrow = [...byNamespace].flatMap(([each, policy]) => rightsOf(each, policy));
  return { rights: [...rightsOf(undefined, clusterWide), ...narrow], source: "file" };
}

/**
 * Reads what the deployed revision declares, from the record of its deploy.
 *
 * @returns undefined if there is no record, or this person may not read it
 */
export async function declaredWhenDeployed(client: KubeClient, cronJob: CronJobObject): Promise<Declared | undefined> {
  const kept = await unlessForbidden(fetchRevisions(client, cronJob), undefined);
  const current = cronJob.metadata.labels?.[REVISION_LABEL] ?? "";
  const manifests = findCurrent(kept?.revisions ?? [], current)?.manifests;
  return manifests === undefined
    ? undefined
    : { rights: manifests.flatMap((manifest) => rightsIn(manifest)), source: "deployed" };
}

type RoleObject = KubeObject & Pick<BuiltinObjects["roles"], "rules">;

/** Helm replaces that label's value with its own name. */
const INSTALLERS: readonly unknown[] = [MANAGER, "Helm"];

interface Job {
  readonly name: string;
  readonly namespace: string;
}

/**
 * The rules of the job's own Roles, whoever applied them.
 *
 * @param places namespaces that it declares access to; undefined stands for the whole cluster
 */
export async function fetchGranted(
  client: KubeClient,
  job: Job,
  places: readonly (string | undefined)[],
): Promise<Right[]> {
  const roles = places.map(async (place) => {
    const name = place === job.namespace ? job.name : wideName(job);
    const roles = place === undefined ? client.kube.clusterroles : client.kube.inNamespace(place).roles;
    const role = await ifFound<Returned<RoleObject>>(roles.get(name));
    return role !== undefined && isOf(job, role) ? rightsOf(place, role.rules ?? []) : [];
  });
  return (await Promise.all(roles)).flat();
}

function isOf(job: Job, { metadata: { labels = {} } }: Returned<RoleObject>): boolean {
  return labels[NAME_LABEL] === job.name && INSTALLERS.includes(labels[MANAGED_BY_LABEL]);
}

/** Where a job has Roles, as far as this person may read them; for a job of which nothing else is known. */
export async function fetchPlaces(client: KubeClient, { name, namespace }: Job): Promise<(string | undefined)[]> {
  const labelSelector = `${NAME_LABEL}=${name},${COMPONENT_LABEL}=job,${NAMESPACE_LABEL}=${namespace}`;
  const found = await Promise.all([
    unlessForbidden(client.kube.allNamespaces.roles.list({ labelSelector }).toArray(), []),
    unlessForbidden(client.kube.clusterroles.list({ labelSelector }).toArray(), []),
  ]);
  return [...new Set([namespace, ...found.flat().map(({ metadata }) => metadata.namespace)])];
}

/** How many access reviews are sent at once. */
const CONCURRENCY = 8;

/** What Kubernetes grants every account: to review its own rights, and to read the bundles that certificates are verified with. */
const EVERYBODYS = /^(selfsubject.*|clustertrustbundles)$/;

/**
 * Asks which of these rights a ServiceAccount has, from whatever source: its own Role, ClusterRoles, other authorizers.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 *
 * @returns undefined if this person may not ask
 */
export async function reviewRights(
  client: KubeClient,
  account: Account,
  rights: readonly Right[],
): Promise<Right[] | undefined> {
  const questions = rights.flatMap((right) => (right.names ?? [undefined]).map((name) => ({ right, name })));
  const allowed = new Map<Right, boolean>();
  try {
    for (let start = 0; start < questions.length; start += CONCURRENCY) {
      const asked = questions.slice(start, start + CONCURRENCY);
      const answers = await Promise.all(asked.map(({ right, name }) => review(client, account, right, name)));
      // A right on several names is held only if it is held for each.
      asked.forEach(({ right }, index) => {
        allowed.set(right, (allowed.get(right) ?? true) && answers[index] === true);
      });
    }
  } catch (error) {
    if (hasReason(error, "Forbidden")) return undefined;
    throw error;
  }
  return rights.filter((right) => allowed.get(right));
}

async function review(client: KubeClient, account: Account, right: Right, name: string | undefined): Promise<boolean> {
  const spec = { user: userOf(account), groups: groupsOf(account), resourceAttributes: attributesOf(right, name) };
  const { status } = await client.kube.subjectaccessreviews.create({ spec });
  return status.allowed;
}

/** What the API server lists as an account's rights. */
export interface ListedRights {
  readonly rights: readonly Right[];
  /** False if an authorizer cannot list what it allows: a right that is not listed may be held all the same. */
  readonly complete: boolean;
}

/**
 * Asks as a ServiceAccount what it may do in a namespace, declared or not. Leaves out what every account may do.
 *
 * @returns undefined if this person may not impersonate it
 */
export async function listRights(
  client: KubeClient,
  account: Account,
  namespace: string,
): Promise<ListedRights | undefined> {
  const own = client.as({ user: userOf(account), groups: groupsOf(account) });
  try {
    const { status } = await own.kube.selfsubjectrulesreviews.create({ spec: { namespace } });
    const rights = rightsOf(namespace, status.resourceRules).filter(({ resource }) => !EVERYBODYS.test(resource));
    return { rights, complete: status.incomplete !== true };
  } catch (error) {
    if (hasReason(error, "Forbidden")) return undefined;
    throw error;
  }
}
