import { policyRules } from "../../../deploy/manifests/policy-rules.ts";
import { type Access, resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog.ts";
import type { TestNamespace } from "../namespace.ts";

const RBAC = "rbac.authorization.k8s.io";

/**
 * Makes a service account with a Role as errand would deploy them.
 *
 * @returns a token of it
 */
export async function credentialOf(
  { kubectl, name: namespace }: TestNamespace,
  name: string,
  access: Access,
): Promise<string> {
  const metadata = { name, namespace };
  await kubectl.apply(
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules: policyRules(resolveAccess(access, builtinCatalog)) },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  );
  return (await kubectl.text(["create", "token", name])).trim();
}
