import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { run } from "../support/command.ts";
import { BIN } from "../support/errand.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy } from "./runs.ts";

let namespace: TestNamespace;
beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "params");
  await deploy(namespace, "needs-count");
});
afterAll(() => namespace.delete());

describe("errand trigger --params", () => {
  it("passes params from standard input, waits for the run, and records who triggered it", async () => {
    const args = ["trigger", "needs-count", "-n", namespace.name, "--params", "-", "--wait", "-o", "json"];
    const env = { KUBECONFIG: namespace.access.kubeconfig };
    const { code, stdout, stderr } = await run([process.execPath, BIN, ...args], { env, input: '{"count": 3}' });
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Report;
    const whoami = await namespace.kubectl.text(["auth", "whoami", "--output=jsonpath={.status.userInfo.username}"]);
    expect(report).toMatchObject({ params: { count: 3 }, result: 3, run: { trigger: "manual", triggeredBy: whoami } });
    const looks = await namespace.kubectl.text(["get", "jobs", "-o", "name"]);
    expect(looks.trim()).toBe(`job.batch/${report.run.id}`);
  });

  it("starts nothing if a parameter is missing and there is no terminal to ask", async () => {
    const { code, stderr } = await namespace.errand(["trigger", "needs-count", "--wait"]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/^error: invalid parameter: count.* is required\nPass -p count=VALUE/);
  });
});
