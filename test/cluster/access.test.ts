import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";

/** The lines of `kubectl auth can-i --list`: what one may do and on what, and at the end which verbs. */
async function rightsOf(namespace: TestNamespace, serviceAccount: string): Promise<readonly string[]> {
  const user = `system:serviceaccount:${namespace.name}:${serviceAccount}`;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace.name}`, "system:authenticated"];
  const as = [`--as=${user}`, ...groups.map((group) => `--as-group=${group}`)];
  const list = await namespace.kubectl.text(["auth", "can-i", "--list", "--no-headers", ...as]);
  return list
    .trim()
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim());
}

describe("a job's access", () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "access");
  });
  afterAll(() => namespace.delete());

  it("is the only right of its ServiceAccount beyond those of any identity", async () => {
    await deploy(namespace, "jobs/pod-cleanup.ts");
    await namespace.untilMay("pod-cleanup", "delete", "pods", true);
    const anybody = await rightsOf(namespace, "default");
    const job = await rightsOf(namespace, "pod-cleanup");
    expect(job.filter((line) => !anybody.includes(line))).toEqual(["pods [] [] [list delete]"]);
    expect(anybody.filter((line) => !job.includes(line))).toEqual([]);
  });

  it("is enforced by the guard, which sends no request for undeclared calls", async () => {
    await deploy(namespace, "reads-secrets");
    const { code, report } = await triggerAndWait(namespace, "reads-secrets");
    expect(code).toBe(77);
    expect(report).toMatchObject({ outcome: "denied", requests: 0, error: { reason: "NotDeclared" } });
    expect(report.error?.hint).toContain('secrets: ["list"]');
    expect(await namespace.requestsOf("reads-secrets")).toEqual([]);
  });

  it("is named by the error if the Role no longer grants it", async () => {
    await deploy(namespace, "counts-config-maps");
    await namespace.kubectl.text(["delete", "role/counts-config-maps"]);
    await namespace.untilMay("counts-config-maps", "list", "configmaps", false);
    const { code, report } = await triggerAndWait(namespace, "counts-config-maps");
    expect(code).toBe(77);
    expect(report).toMatchObject({ outcome: "denied", error: { reason: "Forbidden" } });
    expect(report.error?.message).toContain("may not list configmaps in namespace");
    expect(report.error?.hint).toContain('configmaps: ["list"]');
    const requests = await namespace.requestsOf("counts-config-maps");
    expect(requests.map(({ verb, responseStatus }) => `${verb} ${responseStatus?.code}`)).toEqual(["list 403"]);
  });
});
