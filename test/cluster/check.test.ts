import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { run } from "../support/command.ts";
import { BIN } from "../support/errand.ts";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { until } from "./until.ts";

const JOB = fileURLToPath(new URL("../../jobs/pod-cleanup.ts", import.meta.url));

let namespace: TestNamespace;
const folder = project();

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "check");
});
afterAll(async () => {
  await namespace.delete();
});

async function check(file: string, kubeconfig = namespace.access.kubeconfig) {
  const args = ["check", file, "--cluster", "--no-types", "-n", namespace.name, "--image", namespace.access.nodeImage];
  return await run([process.execPath, BIN, ...args], { env: { KUBECONFIG: kubeconfig } });
}

/** Checks until it ends and says so: what is asked is the API server's admission, which hears of limits and quotas a moment later. */
async function checkUntil(code: number, pattern: RegExp): Promise<void> {
  let said = "";
  const says = async () => {
    const ended = await check(JOB);
    said = `${ended.code}: ${ended.stderr}`;
    return ended.code === code && pattern.test(ended.stderr);
  };
  await until(`errand check says ${pattern}`, says, 500).catch((error) => {
    throw new Error(`${error.message} It says: ${said}`);
  });
}

function kubeconfigAs(user: string): string {
  const config = parse(readFileSync(namespace.access.kubeconfig, "utf8")) as { users: { user: object }[] };
  const path = join(folder, user);
  writeFileSync(
    path,
    JSON.stringify({ ...config, users: config.users.map((each) => ({ ...each, user: { ...each.user, as: user } })) }),
  );
  return path;
}

describe("errand check --cluster", () => {
  it("reports that a valid job can be deployed, and applies nothing", async () => {
    const { code, stdout, stderr } = await check(JOB);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/cluster +.*Kubernetes v1\.\d+\..*: can be deployed/);
    const left = await namespace.kubectl.text([
      "get",
      "cronjobs,roles,configmaps",
      "-l",
      "app.kubernetes.io/managed-by=errand",
      "-o",
      "name",
    ]);
    expect(left).toBe("");
  });

  it("reports conflicts of its pods with a limit range and a quota", async () => {
    const meta = (name: string) => ({ metadata: { name, namespace: namespace.name } });
    await namespace.kubectl.apply({
      apiVersion: "v1",
      kind: "LimitRange",
      ...meta("small"),
      spec: { limits: [{ type: "Container", max: { memory: "100Mi" } }] },
    });
    await checkUntil(64, /its pods would be rejected: .*maximum memory usage per Container is 100Mi/);
    await namespace.kubectl.text(["delete", "limitrange/small"]);
    await namespace.kubectl.apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      ...meta("none"),
      spec: { hard: { "limits.memory": "100Mi" } },
    });
    await namespace.kubectl.waitFor("jsonpath={.status.hard}", ["resourcequota/none"]);
    await checkUntil(64, /its pods would be rejected: .*exceeded quota: none/);
    await namespace.kubectl.text(["delete", "resourcequota/none"]);
    await checkUntil(0, /(?:)/);
  });

  it("reports rights that the person lacks, and rights of the job that they cannot grant", async () => {
    const nobody = await check(JOB, kubeconfigAs("nobody-in-particular"));
    expect(nobody.code).toBe(77);
    expect(nobody.stderr).toContain(
      `you may not deploy it: you lack get, create, patch serviceaccounts in ${namespace.name}`,
    );
    expect(nobody.stderr).toContain(
      `you lack list, delete pods in ${namespace.name}, or escalate and bind on its Role`,
    );
  });

  it("asks the cluster whether a custom resource is namespaced, and warns only if its rights need a ClusterRole", async () => {
    const group = `${namespace.name}.example.com`;
    const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } };
    const definitionOf = (singular: string, scope: string) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${singular}s.${group}` },
      spec: { group, scope, names: { plural: `${singular}s`, singular, kind: singular }, versions: [version] },
    });
    await namespace.kubectl.apply(definitionOf("widget", "Namespaced"), definitionOf("zone", "Cluster"));
    const file = join(folder, "custom.ts");
    const access = { [`widgets.${group}`]: ["list"], [`zones.${group}`]: ["list"] };
    writeFileSync(
      file,
      `import { defineJob } from "errand";\nexport default defineJob({ access: ${JSON.stringify(access)}, run() {} });\n`,
    );
    let said = "";
    await until("both are served", async () => {
      const { code, stderr } = await check(file);
      said = stderr;
      return code === 0;
    });
    expect(said).not.toContain("only a cluster knows");
    expect(said).toContain(`zones.${group} are cluster-wide: deploying the job takes a ClusterRole for them`);
    const names = ["widgets", "zones"].map((plural) => `customresourcedefinition/${plural}.${group}`);
    await namespace.kubectl.text(["delete", ...names]);
  });

  it("names a resource that the cluster does not serve", async () => {
    const file = join(folder, "unserved.ts");
    writeFileSync(
      file,
      `import { defineJob } from "errand";\nexport default defineJob({ access: { "gadgets.example.com": ["list"] }, run() {} });\n`,
    );
    const { code, stderr } = await check(file);
    expect(code).toBe(64);
    expect(stderr).toContain('gadgets.example.com: this cluster has no API group "example.com"');
  });
});
