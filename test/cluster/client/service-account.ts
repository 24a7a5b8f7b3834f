import { policyRules, type ResourceRule } from "../../../deploy/manifests/rbac.ts";
import { type Access, resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import type { TestNamespace } from "../namespace.ts";
import { until } from "../until.ts";

const RBAC = "rbac.authorization.k8s.io";

/**
 * Makes a service account with a Role as errand would deploy them, and waits until the API server's authorizer knows of it, which is a moment later.
 *
 * @returns a token of it
 */
export async function credentialOf(
  { kubectl, name: namespace }: TestNamespace,
  name: string,
  access: Access,
): Promise<string> {
  const metadata = { name, namespace };
  const rules = policyRules(resolveAccess(access, builtinCatalog));
  await kubectl.apply(
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  );
  const rule = rules.find((one) => "resources" in one);
  if (rule !== undefined) {
    const input = JSON.stringify(reviewOf(rule, name, namespace));
    await until(`service account ${name} has its rights`, async () => {
      const flags = ["--filename=-", "--output=jsonpath={.status.allowed}"];
      return (await kubectl.text(["create", ...flags], { input })) === "true";
    });
  }
  return (await kubectl.text(["create", "token", name])).trim();
}

/** Asks for one of the things that a rule allows. */
function reviewOf(rule: ResourceRule, account: string, namespace: string) {
  const {
    apiGroups: [group] = [],
    resources: [key = ""] = [],
    verbs: [verb],
    resourceNames: [name] = [],
  } = rule;
  const [resource, subresource] = key.split("/");
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:${namespace}:${account}`,
      resourceAttributes: { namespace, group, resource, subresource, verb, name },
    },
  };
}
