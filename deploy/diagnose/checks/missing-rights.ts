import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { builtinOf } from "../../cluster/references.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { type AnyRule, attributesOf, type Right, resourceWord, rightsOf, sortVerbs } from "../../manifests/right.ts";

/** Server-side apply patches existing objects and creates missing ones; errand reads them first. https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
const VERBS = ["get", "create", "patch"];

/** The rights that a person needs to apply manifests. */
export function rightsToApply(manifests: readonly Manifest[]): Right[] {
  const rights = manifests.flatMap((manifest) => {
    const { group, resource } = builtinOf(manifest);
    return VERBS.map((verb): Right => ({ namespace: manifest.metadata.namespace, group, resource, verb }));
  });
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

/** How many access reviews are sent at once. */
const CONCURRENCY = 8;

/**
 * Asks which of these rights the person running the command lacks, from whatever authorizer.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function findMissingRights(client: KubeClient, rights: readonly Right[]): Promise<Right[]> {
  const missing: Right[] = [];
  for (let start = 0; start < rights.length; start += CONCURRENCY) {
    const asked = rights.slice(start, start + CONCURRENCY);
    const answers = await Promise.all(asked.map((right) => mayI(client, right)));
    missing.push(...asked.filter((_, index) => !answers[index]));
  }
  return missing;
}

/** A right on several names is held only if it is held for each. */
async function mayI(client: KubeClient, right: Right): Promise<boolean> {
  const answers = await Promise.all(
    (right.names ?? [undefined]).map((name) => {
      const resourceAttributes = attributesOf(right, name);
      return client.kube.selfsubjectaccessreviews.create({ spec: { resourceAttributes } });
    }),
  );
  return answers.every(({ status }) => status?.allowed === true);
}

/** Finds the rights in a job's Roles that the person lacks, and so may not grant, unless they may `escalate` and `bind` those Roles. */
export async function findUngranted(client: KubeClient, manifests: readonly Manifest[]): Promise<Right[]> {
  const missing = await Promise.all(
    grantsIn(manifests).map(async ({ rights, escalate, bind }) => {
      const lacking = await findMissingRights(client, rights);
      if (lacking.length === 0) return [];
      const withoutHelp = await findMissingRights(client, [escalate, bind]);
      return withoutHelp.length === 0 ? [] : lacking;
    }),
  );
  return missing.flat();
}

/** What a Role grants, and the two rights that replace having those rights oneself. */
interface Grant {
  readonly rights: readonly Right[];
  readonly escalate: Right;
  readonly bind: Right;
}

/**
 * RBAC's rule against escalation: whoever creates the job's Roles must have every right that they grant, or else `escalate` to write them and `bind` to bind
 * them. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
function grantsIn(manifests: readonly Manifest[]): Grant[] {
  return manifests
    .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
    .map((role) => {
      const { namespace, name } = role.metadata;
      const group = "rbac.authorization.k8s.io";
      const on = { namespace, group, resource: role.kind === "Role" ? "roles" : "clusterroles", names: [name] };
      const rights = rightsOf(namespace, Array.isArray(role.rules) ? (role.rules as AnyRule[]) : []);
      return { rights, escalate: { ...on, verb: "escalate" }, bind: { ...on, verb: "bind" } };
    });
}

/** `create, patch roles.rbac.authorization.k8s.io in team-a; …` */
export function describeRights(rights: readonly Right[]): string {
  const verbsByTarget = new Map<string, string[]>();
  for (const right of rights) {
    const place = right.namespace === undefined ? "in the whole cluster" : `in ${right.namespace}`;
    const target = `${resourceWord(right)} ${place}`;
    verbsByTarget.set(target, [...(verbsByTarget.get(target) ?? []), right.verb]);
  }
  return [...verbsByTarget].map(([target, verbs]) => `${sortVerbs(verbs).join(", ")} ${target}`).join("; ");
}
