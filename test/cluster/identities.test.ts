import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { audit } from "./audit.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";

const TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const rbac = "rbac.authorization.k8s.io";

describe("a run's identity", () => {
  let namespace: TestNamespace;
  /** Where the same job is changed, which another deploy would not take back. */
  let tokenless: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "identities");
    tokenless = await TestNamespace.create(inject("cluster"), "identities-none");
    const counted = (name: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, labels: { counted: "yes" } },
    });
    await namespace.kubectl.apply(counted("one"), counted("two"));
  });
  afterAll(() => Promise.all([namespace.delete(), tokenless.delete()]));

  it("is the named ServiceAccount with its own rights, if the job names one", async () => {
    await namespace.kubectl.apply(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "another" } },
      {
        apiVersion: `${rbac}/v1`,
        kind: "Role",
        metadata: { name: "given" },
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: "RoleBinding",
        metadata: { name: "given" },
        roleRef: { apiGroup: rbac, kind: "Role", name: "given" },
        subjects: [{ kind: "ServiceAccount", name: "another" }],
      },
    );
    await deploy(namespace, "counts-as-another");
    await namespace.untilMay("another", "list", "configmaps", true);
    const { code, report } = await triggerAndWait(namespace, "counts-as-another");
    expect(report).toMatchObject({ outcome: "succeeded", result: { count: 2 } });
    expect(code).toBe(0);
    const lists = await namespace.requestsOf("another", { verb: "list", resource: "configmaps" });
    expect(lists).toHaveLength(1);
  });

  it("without a mounted token makes the run unreachable, naming the field to set", async () => {
    await deploy(tokenless, "counts-config-maps");
    const containers = [{ name: "job", volumeMounts: [{ mountPath: TOKEN_FOLDER, $patch: "delete" }] }];
    const spec = { jobTemplate: { spec: { template: { spec: { containers } } } } };
    await tokenless.kubectl.text(["patch", "cronjob/counts-config-maps", `--patch=${JSON.stringify({ spec })}`]);
    const { code, report } = await triggerAndWait(tokenless, "counts-config-maps");
    expect(code).toBe(69);
    expect(report.outcome).toBe("unreachable");
    expect(`${report.error?.message} ${report.error?.hint}`).toContain("automountServiceAccountToken: false");
  });

  it("is available for an hour to the job's container only, not to its sidecars", async () => {
    await deploy(namespace, "looks-at-its-token");
    const beside = {
      image: namespace.access.nodeImage,
      command: ["node", "-e", `console.log(fs.existsSync("${TOKEN_FOLDER}/token") ? "a token" : "no token")`],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    };
    const waits = `${beside.command[2]}; setInterval(() => {}, 60_000)`;
    const spec = {
      containers: [{ name: "beside", ...beside }],
      initContainers: [{ name: "sidecar", ...beside, command: ["node", "-e", waits], restartPolicy: "Always" }],
    };
    const patch = { spec: { jobTemplate: { spec: { template: { spec } } } } };
    await namespace.kubectl.text(["patch", "cronjob/looks-at-its-token", `--patch=${JSON.stringify(patch)}`]);
    await namespace.untilMay("looks-at-its-token", "list", "configmaps", true);
    const { report } = await triggerAndWait(namespace, "looks-at-its-token");
    expect(report.result).toEqual({
      files: ["ca.crt", "namespace", "token"],
      namespace: namespace.name,
      seconds: 3_600,
    });
    for (const container of ["beside", "sidecar"]) {
      const log = ["logs", `job/${report.run.id}`, `--container=${container}`];
      expect(await namespace.kubectl.text(log)).toBe("no token\n");
    }
  });

  it("needs no token if the job declares no access", async () => {
    await deploy(namespace, "needs-nothing");
    const { code, report } = await triggerAndWait(namespace, "needs-nothing");
    expect(report).toMatchObject({ outcome: "succeeded", result: "done", requests: 0 });
    expect(code).toBe(0);
  });

  it("is the deployed ServiceAccount with errand run --as-job", async () => {
    await deploy(namespace, "counts-config-maps");
    const file = "test/cluster/jobs/counts-config-maps.ts";
    const run = () => namespace.errand(["run", file, "--as-job", "--output", "json"]);
    await namespace.untilMay("counts-config-maps", "list", "configmaps", true);
    const allowed = await run();
    expect(allowed.code).toBe(0);
    expect(JSON.parse(allowed.stdout)).toMatchObject({ outcome: "succeeded", run: { trigger: "local" } });
    const lists = await audit(inject("cluster"), { verb: "list", resource: "configmaps", namespace: namespace.name });
    expect(lists.map(({ impersonatedUser }) => impersonatedUser?.username)).toContain(
      `system:serviceaccount:${namespace.name}:counts-config-maps`,
    );
    await namespace.kubectl.text(["delete", "rolebinding/counts-config-maps"]);
    await namespace.untilMay("counts-config-maps", "list", "configmaps", false);
    const denied = await run();
    expect(denied.code).toBe(77);
    expect(JSON.parse(denied.stdout)).toMatchObject({ outcome: "denied", error: { reason: "Forbidden" } });
  });
});
