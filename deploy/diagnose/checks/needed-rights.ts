import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { builtinOf } from "../../cluster/references.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { type AnyRule, attributesOf, type Right, rightsOf } from "../../manifests/right.ts";

/** Server-side apply patches, and creates what is not there; errand looks first. https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
const VERBS = ["get", "create", "patch"];

/** What a person must be allowed to apply manifests. */
export function rightsToApply(manifests: readonly Manifest[]): Right[] {
  const rights = manifests.flatMap((manifest) => {
    const { group, resource } = builtinOf(manifest);
    return VERBS.map((verb): Right => ({ namespace: manifest.metadata.namespace, group, resource, verb }));
  });
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

/** What a Role grants, and which right would make up for not having it oneself. */
export interface Grant {
  readonly role: Manifest;
  readonly rights: readonly Right[];
  /** Any of them is enough, and then nothing else is looked at. */
  readonly escalate: Right;
  readonly bind: Right;
}

/**
 * What RBAC's escalation rule asks of who makes the job's Roles: to have every right that they grant, or `escalate` to write them and `bind` to bind
 * them. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export function grantsIn(manifests: readonly Manifest[]): Grant[] {
  return manifests
    .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
    .map((role) => {
      const { namespace, name } = role.metadata;
      const group = "rbac.authorization.k8s.io";
      const on = { namespace, group, resource: role.kind === "Role" ? "roles" : "clusterroles", names: [name] };
      const rights = rightsOf(namespace, Array.isArray(role.rules) ? (role.rules as AnyRule[]) : []);
      return { role, rights, escalate: { ...on, verb: "escalate" }, bind: { ...on, verb: "bind" } };
    });
}

/** How many questions are asked at once. */
const CONCURRENCY = 8;

/**
 * Asks which of some rights the person lacks who runs the command, wherever they would come from.
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

/** A right on several names is there when it is there for each of them. */
async function mayI(client: KubeClient, right: Right): Promise<boolean> {
  const answers = await Promise.all(
    (right.names ?? [undefined]).map((name) => {
      const resourceAttributes = attributesOf(right, name);
      return client.kube.selfsubjectaccessreviews.create({ spec: { resourceAttributes } });
    }),
  );
  return answers.every(({ status }) => status?.allowed === true);
}
