import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../../deploy/manifests/manifest.ts";
import { pinnedPolicy } from "../../../../deploy/release/rendering/pinned-policy.ts";
import { reservedPolicy } from "../../../../deploy/release/rendering/reserved-policy.ts";
import { isOneOf, readDeployers, readSubjects } from "../../../../deploy/release/rendering/subjects.ts";
import { resolveAccess } from "../../../../runtime/job/access.ts";
import type { JobSettings } from "../../../../runtime/job/definition.ts";
import { builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";

interface Spec {
  readonly matchConstraints: { readonly resourceRules: readonly object[] };
  readonly matchConditions?: readonly { readonly expression: string }[];
  readonly validations: readonly { readonly expression: string }[];
}

function specOf(manifest: Manifest | undefined): Spec {
  if (manifest === undefined) throw new Error("there is no such manifest");
  return manifest.spec as Spec;
}

function pinOf(settings: JobSettings): string[] {
  const job = { name: "sweep", namespace: "shop", definition: settings };
  const [policy] = pinnedPolicy(job, resolveAccess(settings.access, builtinCatalog));
  const [{ expression } = { expression: "" }] = specOf(policy).validations;
  return expression.split(" || ");
}

describe("readSubjects", () => {
  it("reads users, groups and ServiceAccounts, as the API server names them", () => {
    expect(
      readSubjects("--deployers", "user:alice, group:oidc:platform,serviceaccount:ci/deployer,user:ci@example.com"),
    ).toEqual({
      users: ["alice", "system:serviceaccount:ci:deployer", "ci@example.com"],
      groups: ["oidc:platform"],
    });
  });

  it.each(["alice", "user:", "robot:x", "serviceaccount:ci", "serviceaccount:Ci/x", "serviceaccount:a/b/c"])(
    "refuses %s",
    (text) => {
      expect(() => readSubjects("--operators", text)).toThrow(`--operators: "${text}" is not a valid name`);
    },
  );

  it.each([undefined, "", " , "])("refuses a list of deployers that names nobody: %j", (text) => {
    expect(() => readDeployers(text)).toThrow("needs --deployers");
  });

  it("quotes names, so that none can inject an expression", () => {
    expect(isOneOf({ users: ['a"] || true || "" in ["'], groups: ["b\\"] })).toContain(
      'in ["a\\"] || true || \\"\\" in [\\""]',
    );
  });
});

describe("pinnedPolicy", () => {
  it("allows what is declared, by operation, resource, namespace and names, and has no condition for reads", () => {
    expect(
      pinOf({
        access: {
          pods: ["list", "delete", "deletecollection"],
          "pods/exec": ["create"],
          "pods/log": ["get"],
          configmaps: { verbs: ["get", "patch", "update"], names: ["b", "a"] },
          "/metrics": ["get"],
        } as JobSettings["access"],
      }),
    ).toEqual([
      '(request.resource.group == "" && request.resource.resource == "pods" && variables.part == "" && request.operation in ["DELETE"] && variables.place in ["shop"])',
      '(request.resource.group == "" && request.resource.resource == "pods" && variables.part == "exec" && request.operation in ["CONNECT"] && variables.place in ["shop"])',
      '(request.resource.group == "" && request.resource.resource == "configmaps" && variables.part == "" && request.operation in ["UPDATE"] && variables.place in ["shop"] && variables.name in ["a", "b"])',
    ]);
  });

  it("refuses every write when the job declares none", () => {
    expect(pinOf({ access: { pods: ["list"] } })).toEqual(["false"]);
  });

  it("limits a job to its namespaces, unless its scope is the cluster", () => {
    const access = { pods: ["delete"] } as const;
    expect(pinOf({ access, scope: { namespaces: ["b", "a"] } })[0]).toContain('variables.place in ["a", "b", "shop"]');
    expect(pinOf({ access, scope: "cluster" })[0]).not.toContain("variables.place");
    expect(pinOf({ access: { nodes: ["patch"] } })[0]).not.toContain("variables.place");
    expect(pinOf({ access: { "widgets.example.com": ["patch"] } })[0]).toContain('variables.place in ["", "shop"]');
  });

  it("covers only the job's own account, not one that it shares", () => {
    const job = { name: "sweep", namespace: "shop", definition: { access: {} } };
    const [policy, binding] = pinnedPolicy(job, []);
    expect(specOf(policy).matchConditions?.[0]?.expression).toBe(
      'request.userInfo.username == "system:serviceaccount:shop:sweep"',
    );
    expect(binding?.spec).toEqual({ policyName: "errand-access-shop-sweep", validationActions: ["Deny"] });
    expect(pinnedPolicy({ ...job, definition: { access: {}, serviceAccountName: "other" } }, [])).toEqual([]);
  });
});

describe("reservedPolicy", () => {
  const somebody = { users: ["alice"], groups: [] };

  it("applies to the given namespace, or everywhere", () => {
    const everywhere = reservedPolicy({ deployers: somebody, operators: somebody });
    expect(everywhere.map(({ metadata }) => metadata.name)).toEqual(["errand-reserved", "errand-reserved"]);
    expect(specOf(everywhere[0]).matchConditions).toBeUndefined();
    const [inShop] = reservedPolicy({ deployers: somebody, operators: somebody, namespace: "shop" });
    expect(inShop?.metadata.name).toBe("errand-reserved-shop");
    expect(specOf(inShop).matchConditions?.[0]?.expression).toMatch(/ == "shop" \|\| /);
  });

  it("covers every kind that a deploy creates", () => {
    const [policy] = reservedPolicy({ deployers: somebody, operators: somebody });
    const covered = JSON.stringify(specOf(policy).matchConstraints.resourceRules);
    for (const each of [
      "serviceaccounts",
      "configmaps",
      "roles",
      "rolebindings",
      "clusterroles",
      "clusterrolebindings",
      "cronjobs",
      "networkpolicies",
    ])
      expect(covered).toContain(`"${each}"`);
  });
});
