import { describe, expect, it } from "vitest";
import accessReport from "../../jobs/access-report.ts";
import { type KubeObject, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

const RBAC = "rbac.authorization.k8s.io";

interface Rule {
  readonly verbs: readonly string[];
  readonly resources?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A role with these rules in namespace shop, bound there to an account. */
function granted(name: string, rules: readonly Rule[]): KubeObject[] {
  const metadata = { name, namespace: "shop" };
  const subjects = [{ kind: "ServiceAccount", name, namespace: "shop" }];
  return [
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules: rules.map((rule) => ({ apiGroups: [""], ...rule })) },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      subjects,
      roleRef: { apiGroup: RBAC, kind: "Role", name },
    },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
  ] as KubeObject[];
}

async function report(objects: readonly KubeObject[], params = {}) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects);
  const { outcome, result } = await runJob(accessReport, cluster, { params });
  expect(outcome).toBe("succeeded");
  return result as {
    readonly findings: readonly { subject: string; in: string; risk: string }[];
    readonly dangling: readonly string[];
    readonly unused: readonly string[];
  };
}

describe("access-report", () => {
  it.each<[string, Rule, string | undefined]>([
    ["secrets", { verbs: ["list"], resources: ["secrets"] }, "may read Secrets"],
    ["everything", { verbs: ["*"], resources: ["*"], apiGroups: ["*"] }, "may do everything"],
    ["pods", { verbs: ["create"], resources: ["pods"] }, "may run pods as any account of the namespace"],
    ["exec", { verbs: ["create"], resources: ["pods/exec"] }, "may run commands in pods"],
    ["subresources", { verbs: ["create"], resources: ["*/exec"] }, "may run commands in pods"],
    ["escalate", { verbs: ["escalate"], resources: ["roles"], apiGroups: [RBAC] }, "may give itself rights (escalate)"],
    ["impersonate", { verbs: ["impersonate"], resources: ["users"] }, "may act as others (impersonate)"],
    ["wildcard", { verbs: ["*"], resources: ["configmaps"] }, "may do everything with configmaps"],
    ["named", { verbs: ["get"], resources: ["secrets"], resourceNames: ["one"] }, undefined],
    ["reader", { verbs: ["get", "list", "watch"], resources: ["pods"] }, undefined],
  ])("finds the risk in a role: %s", async (name, rule, risk) => {
    const { findings } = await report(granted(name, [rule]));
    const expected = { subject: `ServiceAccount shop/${name}`, in: "shop", risk, by: `RoleBinding shop/${name}` };
    expect(findings).toEqual(risk === undefined ? [] : [expected]);
  });

  it.each([
    ["Group", "system:serviceaccounts:team-a", true],
    ["User", "system:serviceaccount:team-a:bot", true],
    ["Group", "system:serviceaccounts:kube-system", false],
    ["User", "system:kube-scheduler", false],
  ])("counts %s %s by its namespace: reported %s", async (kind, name, isReported) => {
    const [role, binding] = granted("all", [{ verbs: ["*"], resources: ["*"], apiGroups: ["*"] }]);
    const subjects = [{ kind, name, apiGroup: RBAC }];
    const { findings } = await report([role, { ...binding, subjects }] as KubeObject[]);
    expect(findings.map(({ subject }) => subject)).toEqual(isReported ? [`${kind} ${name}`] : []);
  });

  it("names accounts with rights that no pod uses, and bindings of missing roles", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "shop" },
      spec: { serviceAccountName: "used" },
    };
    const [, orphan] = granted("orphan", []);
    const { unused, dangling } = await report([
      ...granted("used", [{ verbs: ["get"], resources: ["pods"] }]),
      ...granted("idle", [{ verbs: ["get"], resources: ["pods"] }]),
      ...(orphan === undefined ? [] : [orphan]),
      pod as KubeObject,
    ]);
    expect(unused).toEqual(["shop/idle"]);
    expect(dangling).toEqual(["RoleBinding shop/orphan: Role orphan does not exist"]);
  });

  it("omits Kubernetes' own by default, but not rights of every identity", async () => {
    const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: "readers" };
    const everybody = [
      {
        apiVersion: `${RBAC}/v1`,
        kind: "ClusterRole",
        metadata: { name: "readers" },
        rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }],
      },
      {
        apiVersion: `${RBAC}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: "readers" },
        roleRef,
        subjects: [{ kind: "Group", apiGroup: RBAC, name: "system:authenticated" }],
      },
    ] as object[] as KubeObject[];
    const { findings } = await report(everybody);
    expect(findings).toEqual([
      {
        subject: "Group system:authenticated",
        in: "*",
        risk: "everybody has readers",
        by: "ClusterRoleBinding/readers",
      },
    ]);
    const all = await report(everybody, { system: true });
    expect(all.findings.map(({ subject }) => subject)).toContain("Group system:masters");
  });
});
