import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { run } from "../support/command.ts";
import { BIN } from "../support/errand.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";

// It has no schedule: nothing runs but what a test starts.
const JOB_FILE = fileURLToPath(new URL("../../jobs/inventory.ts", import.meta.url));

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface List {
  readonly items: readonly Manifest[];
}

describe("kubectl", () => {
  let namespace: TestNamespace;
  let rendered: readonly Manifest[];

  beforeAll(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "kubectl");
    await deploy(namespace, "jobs/inventory.ts");
    const { stdout } = await namespace.errand([
      "render",
      JOB_FILE,
      "--output",
      "json",
      "--image",
      namespace.access.nodeImage,
    ]);
    rendered = (JSON.parse(stdout) as List).items;
  });
  afterAll(() => namespace.delete());

  it("reads every object of errand deploy as errand render prints it", async () => {
    expect(rendered.map(({ kind }) => kind)).toEqual(["ServiceAccount", "Role", "RoleBinding", "ConfigMap", "CronJob"]);
    for (const manifest of rendered) {
      expect(await namespace.kubectl.get(`${manifest.kind}/${manifest.metadata.name}`)).toMatchObject(manifest);
    }
  });

  it("shows the Job of errand trigger as owned by the CronJob", async () => {
    const { report } = await triggerAndWait(namespace, "inventory");
    expect(await namespace.kubectl.get(`job/${report.run.id}`)).toMatchObject({
      metadata: { ownerReferences: [{ kind: "CronJob", name: "inventory" }] },
    });
  });

  it("prints YAML of everything with the label of objects that errand manages", async () => {
    const kinds = "serviceaccounts,roles,rolebindings,configmaps,cronjobs";
    const yaml = await namespace.kubectl.text([
      "get",
      kinds,
      "--selector=app.kubernetes.io/managed-by=errand",
      "--output=yaml",
    ]);
    const names = rendered.map(({ kind, metadata }) => [kind, metadata.name]);
    for (const [kind, name] of names)
      expect(yaml).toMatch(new RegExp(`kind: ${kind}\\n  metadata:[^]*?\\n    name: ${name}\\n`));
  });

  it("dumps a namespace for errand run --embedded --seed, including owner references", async () => {
    const { report } = await triggerAndWait(namespace, "inventory");
    const kinds = "namespaces,all,serviceaccounts,roles,rolebindings,clusterroles,configmaps,secrets,events,nodes";
    const input = await namespace.kubectl.text(["get", kinds, "--output=yaml"]);
    const command = [process.execPath, BIN, "run", JOB_FILE, "--embedded", "--seed=-", "-ojson"] as const;
    const { code, stdout, stderr } = await run([...command, "-n", namespace.name], { input });
    expect(code, stderr).toBe(0);
    const { result } = JSON.parse(stdout) as { result: { groups: Record<string, { pods: number }> } };
    expect(input).toContain(`name: ${report.run.id}`);
    // The pods of the dump, and that of the run itself.
    expect(result.groups["CronJob/inventory"]?.pods).toBeGreaterThan(1);
  });

  it("applies the output of errand render, after which errand deploy finds nothing to change", async () => {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: rendered });
    await namespace.kubectl.text(["apply", "--server-side", "--field-manager=gitops", "--filename=-"], { input });
    const { code, stdout } = await namespace.errand([
      "deploy",
      JOB_FILE,
      "--output",
      "json",
      "--image",
      namespace.access.nodeImage,
    ]);
    expect(code).toBe(0);
    const { changes } = JSON.parse(stdout) as { changes: { change: string }[] };
    expect(changes.map(({ change }) => change)).toEqual(rendered.map(() => "unchanged"));
  });
});
