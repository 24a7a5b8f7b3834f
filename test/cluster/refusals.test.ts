import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

const NEEDS_NOTHING = fileURLToPath(new URL("jobs/needs-nothing.ts", import.meta.url));
const COUNTS = fileURLToPath(new URL("jobs/counts-config-maps.ts", import.meta.url));

/** Registers a webhook or an aggregated API without a server. */
const NOBODY = (namespace: string) => ({ name: "nobody", namespace });

describe("a refusal", () => {
  const cluster = inject("cluster");
  /** Of everything that belongs to the whole cluster. */
  const id = randomBytes(4).toString("hex");
  let namespace: TestNamespace;
  const folder = project();
  const clusterWide: string[] = [];

  beforeAll(async () => {
    namespace = await TestNamespace.create(cluster, "refusals");
  });
  afterAll(async () => {
    if (clusterWide.length > 0) await namespace.kubectl.text(["delete", "--ignore-not-found", ...clusterWide]);
    await namespace.delete();
  });

  async function deployFile(file: string, where = namespace) {
    return await where.errand(["deploy", file, "--image", cluster.nodeImage]);
  }

  /** Deploys until the answer is this: admission hears of what is new a moment later. */
  async function deployUntil(says: RegExp, where = namespace) {
    let answer = await deployFile(NEEDS_NOTHING, where);
    const isSo = async () => {
      answer = await deployFile(NEEDS_NOTHING, where);
      return says.test(answer.stderr);
    };
    await until(`errand deploy says ${says}`, isSo, 500).catch((error) => {
      throw new Error(`${error.message} It says: ${answer.code}: ${answer.stderr}`);
    });
    return answer;
  }

  /** Refuses objects of this namespace by a policy, until the returned function is called. */
  async function refuse(name: string, resource: string, expression: string, message: string) {
    const [apiGroups, resources] = resource === "cronjobs" ? [["batch"], [resource]] : [[""], [resource]];
    const apiVersion = "admissionregistration.k8s.io/v1";
    const own = { "kubernetes.io/metadata.name": namespace.name };
    clusterWide.push(`validatingadmissionpolicy/${name}`, `validatingadmissionpolicybinding/${name}`);
    await namespace.kubectl.apply(
      {
        ...{ apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name } },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups, apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources }],
            namespaceSelector: { matchLabels: own },
          },
          validations: [{ expression, message, reason: "Forbidden" }],
        },
      },
      {
        ...{ apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: { name } },
        spec: { policyName: name, validationActions: ["Deny"] },
      },
    );
    return () =>
      namespace.kubectl.text([
        "delete",
        `validatingadmissionpolicybinding/${name}`,
        `validatingadmissionpolicy/${name}`,
      ]);
  }

  it("by a policy names the policy and the setting to change", async () => {
    const policy = `need-team-${id}`;
    const expression = "has(object.metadata.labels) && 'team' in object.metadata.labels";
    const end = await refuse(policy, "cronjobs", expression, "every CronJob needs the label team");
    const { code, stderr } = await deployUntil(/policy/);
    expect(stderr).toContain(
      `refused by the policy ${policy}: every CronJob needs the label team: nothing was applied`,
    );
    expect(stderr).toContain("Set `labels` in errand.config.ts");
    expect(stderr).not.toMatch(/You may not|can-i/);
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 64, lines: 2 });
    const checked = await namespace.errand(["check", NEEDS_NOTHING, "--cluster", "--no-types"]);
    expect(checked).toMatchObject({ code: 64, stderr: expect.stringContaining(`refused by the policy ${policy}`) });
    await end();
    await until("the policy is gone", async () => (await deployFile(NEEDS_NOTHING)).code === 0, 500);
  });

  it("by a terminating namespace says that the namespace is being deleted", async () => {
    const ending = await TestNamespace.create(cluster, "refusals-ending");
    await ending.kubectl.apply({
      ...{ apiVersion: "v1", kind: "ConfigMap" },
      metadata: { name: "stays", namespace: ending.name, finalizers: ["example.com/stays"] },
    });
    await ending.delete();
    const { code, stderr } = await deployUntil(/is being deleted/, ending);
    expect(stderr).toContain(
      `Namespace "${ending.name}" is being deleted: nothing can be created in it: nothing was applied`,
    );
    expect(stderr).toContain("Choose another with -n");
    expect(code).toBe(64);
    const patch = JSON.stringify({ metadata: { finalizers: null } });
    await ending.kubectl.text(["patch", "configmap/stays", "--type=merge", `--patch=${patch}`]);
  });

  it("by an unreachable webhook says that the webhook does not answer", async () => {
    const hooked = await TestNamespace.create(cluster, "refusals-hooked");
    const name = `hook-${id}.example.com`;
    clusterWide.push(`validatingwebhookconfiguration/${name}`);
    await hooked.kubectl.apply({
      ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration", metadata: { name } },
      webhooks: [
        {
          ...{ name, sideEffects: "None", admissionReviewVersions: ["v1"], failurePolicy: "Fail" },
          clientConfig: { service: NOBODY(hooked.name) },
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": hooked.name } },
          rules: [{ apiGroups: ["batch"], apiVersions: ["v1"], operations: ["*"], resources: ["cronjobs"] }],
        },
      ],
    });
    const { code, stderr } = await deployUntil(/webhook/, hooked);
    expect(stderr).toContain(`the admission webhook ${name} could not be called`);
    expect(stderr).toContain("nothing was applied");
    expect(code).toBe(69);
    await hooked.kubectl.text(["delete", `validatingwebhookconfiguration/${name}`]);
    await hooked.delete();
  });

  it("by an unavailable aggregated API concerns only the job that needs it; others are checked", async () => {
    const group = `metrics-${id}.example.com`;
    const name = `v1.${group}`;
    clusterWide.push(`apiservice/${name}`);
    const service = NOBODY(namespace.name);
    await namespace.kubectl.apply({
      ...{ apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name } },
      spec: {
        group,
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service,
      },
    });
    const file = join(folder, "reads-metrics.ts");
    const source = `access: { "pods.${group}": ["list"] }, run: ({ kube }) => kube["pods.${group}"].list().toArray()`;
    writeFileSync(file, `import { defineJob } from "errand";\nexport default defineJob({ ${source} });\n`);
    const away = `pods.${group}: the API group ${group} is not available right now`;
    const check = () =>
      namespace.errand(["check", file, NEEDS_NOTHING, "--cluster", "--no-types", "--image", cluster.nodeImage]);
    let checked = await check();
    const says = async () => {
      checked = await check();
      return checked.stderr.includes(away);
    };
    await until("errand check says that the group is away", says, 500).catch((error) => {
      throw new Error(`${error.message} It says: ${checked.stderr}`);
    });
    expect(checked.stdout).toMatch(/needs-nothing[\s\S]*can be deployed/);
    expect(checked.stderr).not.toContain("is the cluster up");
    expect(checked.code).toBe(69);
    const deployed = await deployFile(file);
    expect(deployed).toMatchObject({ code: 0, stderr: expect.stringContaining("is not available right now") });
    await namespace.kubectl.text(["delete", `apiservice/${name}`]);
  });

  it("by a policy or a quota ends a run as failed, not as denied", async () => {
    const file = join(folder, "creates.ts");
    const source = `access: { configmaps: ["create"] }, run: ({ kube }) => kube.configmaps.create({ metadata: { name: "refused" } })`;
    writeFileSync(file, `import { defineJob } from "errand";\nexport default defineJob({ retries: 0, ${source} });\n`);
    const deployed = await deployFile(file);
    expect(deployed.code, deployed.stderr).toBe(0);
    const policy = `no-refused-${id}`;
    const end = await refuse(policy, "configmaps", "object.metadata.name != 'refused'", "that name is taken");
    await until("the policy holds", async () => {
      const { stderr } = await namespace.kubectl.run(["create", "configmap", "refused", "--dry-run=server"]);
      return stderr.includes(policy);
    });
    const byPolicy = await triggerAndWait(namespace, "creates");
    expect(byPolicy.report).toMatchObject({
      outcome: "failed",
      error: { reason: "Forbidden", hint: expect.stringContaining(`the policy ${policy} refused the request`) },
    });
    expect(byPolicy.code).toBe(1);
    await end();
    await namespace.kubectl.text(["create", "quota", "full", "--hard=count/configmaps=1"]);
    await until("the quota holds", async () => {
      const { stderr } = await namespace.kubectl.run(["create", "configmap", "refused", "--dry-run=server"]);
      return stderr.includes("exceeded quota: full");
    });
    const byQuota = await triggerAndWait(namespace, "creates");
    expect(byQuota).toMatchObject({
      code: 1,
      report: { outcome: "failed", error: { hint: expect.stringContaining('quota "full" is used up') } },
    });
    const deployedAgain = await deployFile(COUNTS);
    expect(deployedAgain).toMatchObject({ code: 75, stderr: expect.stringContaining('quota "full" is used up') });
    expect(deployedAgain.stderr).toContain("kubectl describe quota full");
    await namespace.kubectl.text(["delete", "quota", "full"]);
    await deploy(namespace, "counts-config-maps");
  });
});
