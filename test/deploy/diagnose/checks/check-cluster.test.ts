import { describe, expect, it } from "vitest";
import { checkCluster } from "../../../../deploy/diagnose/checks/check-cluster.ts";
import type { JobSettings } from "../../../../runtime/job/definition.ts";
import { clientOver } from "../../../../runtime/kube/connected-client.ts";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { Send } from "../../../../runtime/kube/requests/request.ts";
import { embeddedTarget, preparedJob } from "../../release/embedded-target.ts";

const RBAC = "rbac.authorization.k8s.io";
const sweep = (settings: JobSettings = { access: { pods: ["list", "delete"] } }) => preparedJob("sweep", settings);

/** Answers as the administrator, and as an account with rights of its own. */
async function clusterWithAccount(rules: readonly object[]) {
  const { cluster, targetIn } = await embeddedTarget("team-a");
  const metadata = { name: "person", namespace: "team-a" };
  const objects: object[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: "person" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ];
  cluster.applyObjects(objects);
  const token = { get: () => Promise.resolve(cluster.createServiceAccountToken("team-a", "person")) };
  const connection = createConnection({ server: cluster.url, ca: cluster.ca, token, namespace: "team-a" });
  return {
    cluster,
    target: { ...targetIn("team-a"), client: clientOver(connection.send, { namespace: "default" }) },
    close: () => connection.close(),
  };
}

const APPLY = [
  ["", "serviceaccounts", "configmaps"],
  [RBAC, "roles", "rolebindings"],
  ["batch", "cronjobs"],
].map(([group, ...resources]) => ({ apiGroups: [group], resources, verbs: ["get", "create", "patch"] }));

describe("checkCluster", () => {
  it("finds no problem, and writes nothing, when the job can be deployed", async () => {
    const { cluster, targetIn } = await embeddedTarget("team-a");
    const checked = await checkCluster(targetIn("team-a"), sweep());
    expect(checked).toMatchObject({ namespace: "team-a", problems: [], notes: [], exitCode: 0 });
    const made = cluster.audit.events.filter(({ verb, dryRun }) => verb === "patch" && !dryRun);
    expect(made).toEqual([]);
  });

  it("names the Secret or key that its pods would wait for, and how to create it", async () => {
    const { cluster, targetIn } = await embeddedTarget("team-a");
    const job = sweep({ access: {}, secrets: { token: "billing/token", user: "billing/user" } });
    const first = await checkCluster(targetIn("team-a"), job);
    expect(first.problems).toEqual([
      "its pods would not start: Secret billing does not exist (kubectl create secret generic billing --from-literal=token=VALUE --from-literal=user=VALUE -n team-a)",
    ]);
    expect(first.exitCode).toBe(64);
    const metadata = { name: "billing", namespace: "team-a" };
    const secret = { apiVersion: "v1", kind: "Secret", metadata, data: { token: "eA==" } };
    cluster.applyObjects([secret]);
    expect((await checkCluster(targetIn("team-a"), job)).problems).toEqual([
      expect.stringMatching(
        /^its pods would not start: key user of Secret billing does not exist \(kubectl patch secret/,
      ),
    ]);
  });

  it("says that it cannot tell whether a Secret exists when the person may not read it", async () => {
    const create = { apiGroups: [""], resources: ["pods"], verbs: ["create"] };
    const { target, close } = await clusterWithAccount([...APPLY, create]);
    const { problems, notes } = await checkCluster(target, sweep({ access: {}, secrets: { token: "billing/token" } }));
    await close();
    expect(problems).toEqual([]);
    expect(notes).toContain("cannot tell whether Secret billing exists: that takes the right to get it");
  });

  it("names the missing rights when the person may not apply the job", async () => {
    const { target, close } = await clusterWithAccount(APPLY.slice(1));
    const { problems, exitCode } = await checkCluster(target, sweep({ access: {} }));
    await close();
    expect(problems).toEqual([
      "you may not deploy it: you lack get, create, patch serviceaccounts in team-a; get, create, patch configmaps in team-a",
    ]);
    expect(exitCode).toBe(77);
  });

  it("names the rights that the person cannot grant without having them", async () => {
    const read = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
    const { target, close } = await clusterWithAccount([...APPLY, read]);
    const { problems, exitCode } = await checkCluster(target, sweep());
    await close();
    expect(problems).toEqual([
      "you cannot grant rights that you do not have: you lack delete pods in team-a, or escalate and bind on its Role",
    ]);
    expect(exitCode).toBe(77);
  });

  it("accepts escalate and bind in place of the rights themselves, and says what it cannot try", async () => {
    const help = { apiGroups: [RBAC], resources: ["roles"], verbs: ["escalate", "bind"] };
    const { target, close } = await clusterWithAccount([...APPLY, help]);
    const { problems, notes } = await checkCluster(target, sweep());
    await close();
    expect(problems).toEqual([]);
    expect(notes).toEqual(["cannot tell whether its pods would be admitted: that takes the right to create pods"]);
  });

  it("names resources, subresources and verbs that the server does not serve", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const access = { "certificates.cert-manager.io": ["list"], "widgets.apps": ["get"], "pods/log": ["get"] } as const;
    const { problems, exitCode } = await checkCluster(targetIn("team-a"), sweep({ access }));
    expect(problems).toEqual([
      'certificates.cert-manager.io: this cluster has no API group "cert-manager.io"',
      "widgets.apps: this cluster does not have it",
    ]);
    expect(exitCode).toBe(64);
  });

  it("says when Kubernetes is too old", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const version = { major: "1", minor: "30+", gitVersion: "v1.30.9" };
    const old =
      (send: Send): Send =>
      async (request) => {
        const answer = await send(request);
        return request.path === "/version"
          ? { ...answer, json: version, body: { ...answer.body, text: async () => JSON.stringify(version) } }
          : answer;
      };
    const { problems } = await checkCluster(targetIn("team-a", old), sweep());
    expect(problems).toEqual(["Kubernetes v1.30.9 is too old: errand needs 1.31 or newer"]);
  });

  it("says why the deploy would be refused", async () => {
    const { targetIn } = await embeddedTarget();
    const { problems } = await checkCluster(targetIn("nowhere"), sweep());
    expect(problems).toEqual([expect.stringContaining('Namespace "nowhere" does not exist')]);
  });
});
