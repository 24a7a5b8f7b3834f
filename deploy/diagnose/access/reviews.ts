import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { hasReason } from "../../../runtime/kube/errors/api-error.ts";
import { type Account, groupsOf, userOf } from "../../cluster/identities.ts";
import { attributesOf, type Right, rightsOf } from "../../manifests/right.ts";

/** How many questions are asked at once. */
const CONCURRENCY = 8;

/** What Kubernetes itself gives every account: to ask about itself, and to read the bundles that certificates are checked with. */
const EVERYBODYS = /^(selfsubject.*|clustertrustbundles)$/;

/**
 * Asks which of some rights a ServiceAccount has, from wherever they come: its own Role, ClusterRoles, other authorizers.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 *
 * @returns undefined where this person may not ask
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
      // A right on several names is there when it is there for each of them.
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

/** What the API server says that an account may do. */
export interface ListedRights {
  readonly rights: readonly Right[];
  /** False where an authorizer cannot list what it allows: a right that is not here may be there all the same. */
  readonly complete: boolean;
}

/**
 * Asks as a ServiceAccount what it may do in a namespace, whether anybody declared it or not. What every account may is left out.
 *
 * @returns undefined where this person may not impersonate it
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
