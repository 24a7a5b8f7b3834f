import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy } from "./runs.ts";

interface Planned {
  readonly hash: string;
  readonly run: string;
  readonly changes: readonly {
    readonly verb: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
  }[];
}

let namespace: TestNamespace;
beforeEach(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "plan");
  await deploy(namespace, "tidies-config-maps");
  await namespace.kubectl.apply(configMap("one", "away"), configMap("two", "away"), configMap("three", "some"));
});
afterEach(() => namespace.delete());

function configMap(name: string, tidy: string) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: namespace.name, labels: { tidy } } };
}

async function plan(): Promise<Planned> {
  const { code, stdout, stderr } = await namespace.errand(["trigger", "tidies-config-maps", "--plan", "-o", "json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Planned;
}

async function apply(hash: string) {
  const args = ["trigger", "tidies-config-maps", "--apply", hash, "--wait", "-o", "json"];
  const { code, stdout, stderr } = await namespace.errand(args);
  return { code, stderr, report: stdout === "" ? undefined : (JSON.parse(stdout) as Report) };
}

const left = async () =>
  (await namespace.kubectl.text(["get", "configmaps", "--selector=tidy", "--output=name"])).trim().split("\n");

describe("errand trigger --plan and --apply", () => {
  it("does exactly what was planned", async () => {
    const { hash, changes, run } = await plan();
    expect(changes.map(({ verb, name }) => `${verb} ${name}`).toSorted()).toEqual([
      "delete one",
      "delete two",
      "patch three",
    ]);
    for (const { name, uid, resourceVersion } of changes) {
      const { metadata } = await namespace.kubectl.get<{ metadata: object }>(`configmap/${name}`);
      expect(metadata).toMatchObject({ uid, resourceVersion });
    }
    const kept = await namespace.kubectl.get<{ immutable: boolean; metadata: object }>(
      `configmap/errand-plan-tidies-config-maps-${hash}`,
    );
    expect(kept).toMatchObject({ immutable: true, metadata: { ownerReferences: [{ kind: "Job", name: run }] } });
    const { code, report } = await apply(hash);
    expect(code).toBe(0);
    expect(report).toMatchObject({ outcome: "succeeded", plan: { hash, planned: 3, made: 3, changed: [], left: [] } });
    expect(await left()).toEqual(["configmap/three"]);
  });

  it("ends as limited and does nothing else if a change was not planned", async () => {
    const { hash } = await plan();
    await namespace.kubectl.apply(configMap("a-new-one", "away"));
    const { code, report } = await apply(hash);
    expect(code).toBe(73);
    expect(report).toMatchObject({
      outcome: "limited",
      error: { reason: "NotPlanned", message: expect.stringContaining('delete configmaps "a-new-one"') },
    });
    expect(await left()).toContain("configmap/a-new-one");
  });

  it("skips and reports objects that have changed since", async () => {
    const { hash } = await plan();
    await namespace.kubectl.text(["annotate", "configmap/one", "touched=yes"]);
    const { code, report } = await apply(hash);
    expect(code).toBe(73);
    expect(report).toMatchObject({
      outcome: "limited",
      error: { reason: "PlanChanged" },
      plan: { changed: [{ verb: "delete", name: "one" }] },
    });
    expect(await left()).toContain("configmap/one");
  });

  it("starts nothing if the plan does not exist or other code is deployed", async () => {
    expect(await apply("0123456789")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has no plan 0123456789"),
    });
    const { hash } = await plan();
    const label = "app.kubernetes.io/version=ffffffffff";
    await namespace.kubectl.text(["label", "cronjob/tidies-config-maps", "--overwrite", label]);
    expect(await apply(hash)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("ffffffffff is deployed now"),
    });
  });
});
