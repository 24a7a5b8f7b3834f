import { describe, expect, it } from "vitest";
import { policyRules } from "../../../deploy/manifests/rbac.ts";
import { type Access, resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";

const rulesOf = (access: Access) => policyRules(resolveAccess(access, builtinCatalog));

describe("policyRules", () => {
  it("puts resources of a group into one rule when they have the same verbs in any order", () => {
    expect(rulesOf({ services: ["list", "get"], pods: ["get", "list"] })).toEqual([
      { apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list"] },
    ]);
  });

  it("keeps groups, verbs and names apart when they differ", () => {
    expect(
      rulesOf({
        pods: ["list"],
        deployments: ["list"],
        "pods/log": ["get"],
        secrets: { verbs: ["get"], names: ["b", "a", "b"] },
      }),
    ).toEqual([
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["a", "b"], verbs: ["get"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
    ]);
  });

  it("gives the same rules when access was written in another order", () => {
    const access: Access = { jobs: ["list"], pods: ["delete", "list"], events: ["create"] };
    const reversed = Object.fromEntries(Object.entries(access).reverse());
    expect(rulesOf(reversed)).toEqual(rulesOf(access));
  });

  it("gives no rule when nothing is declared", () => {
    expect(rulesOf({})).toEqual([]);
  });

  it("grants non-resource paths in a rule of their own", () => {
    expect(rulesOf({ "/metrics": ["get"], "/debug/*": ["get"], pods: ["list"] })).toEqual([
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { nonResourceURLs: ["/debug/*", "/metrics"], verbs: ["get"] },
    ]);
  });
});
