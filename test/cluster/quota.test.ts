import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";

const JOBS = ["needs-nothing", "counts-config-maps"].map((name) =>
  fileURLToPath(new URL(`jobs/${name}.ts`, import.meta.url)),
);

interface Quota {
  readonly status: { readonly used: Readonly<Record<string, string>> };
}

describe("a deploy into a namespace with a quota", () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "quota");
  });
  afterAll(() => namespace.delete());

  const deploy = () => namespace.errand(["deploy", ...JOBS, "--image", namespace.access.nodeImage]);
  const ownObjects = () =>
    namespace.kubectl.text([
      "get",
      "all,cm,sa,role,rolebinding",
      "-l",
      "app.kubernetes.io/managed-by=errand",
      "-o",
      "name",
    ]);

  it("is refused before the first write if the quota fits only one of two objects, and succeeds if both fit", async () => {
    const { kubectl } = namespace;
    // Every namespace has one ConfigMap of its own.
    await kubectl.waitFor("create", ["configmap/kube-root-ca.crt"]);
    await kubectl.text(["create", "quota", "tight", "--hard=count/configmaps=2"]);
    await kubectl.waitFor("jsonpath={.status.used.count/configmaps}=1", ["resourcequota/tight"]);

    const refused = await deploy();
    expect(refused.code).toBe(75);
    expect(refused.stderr).toContain(
      `Quota "tight" in namespace "${namespace.name}" has room for 1 more count/configmaps, but 2 are needed (1 of 2 used): nothing was applied`,
    );
    expect(await ownObjects()).toBe("");
    const { status } = await kubectl.get<Quota>("resourcequota/tight");
    expect(status.used).toEqual({ "count/configmaps": "1" });

    const patch = JSON.stringify({ spec: { hard: { "count/configmaps": "9" } } });
    await kubectl.text(["patch", "resourcequota/tight", "--patch", patch]);
    await kubectl.waitFor("jsonpath={.status.hard.count/configmaps}=9", ["resourcequota/tight"]);
    expect(await deploy()).toMatchObject({ code: 0 });
    expect((await ownObjects()).match(/cronjob/g)).toHaveLength(2);
  });
});
