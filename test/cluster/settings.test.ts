import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { CommandResult } from "../support/command.ts";
import { startErrand } from "../support/errand.ts";
import { TestNamespace } from "./namespace.ts";
import { triggerAndWait } from "./runs.ts";

const JOB = fileURLToPath(new URL("jobs/uses-settings.ts", import.meta.url));
const TOKEN = "tok-4711-tok-4711";

let namespace: TestNamespace;
let project: string;

/** The command line in the project's folder; its configuration says namespace and image. */
function errand(...args: readonly string[]): Promise<CommandResult> {
  const env = { KUBECONFIG: namespace.access.kubeconfig };
  return startErrand(args, { cwd: project, env }).ended;
}

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "settings");
  project = await mkdtemp(join(tmpdir(), "errand-settings-"));
  const config = `import { defineConfig } from "errand/config";
export default defineConfig({
  image: ${JSON.stringify(namespace.access.nodeImage)},
  labels: { team: "shop" },
  annotations: { "example.com/owner": "Shop" },
  env: { LEVEL: "config" },
  mesh: false,
  apiServer: ["10.96.0.1/32", "10.88.0.1/32"],
  pod: { spec: {
    volumes: [{ name: "scratch", emptyDir: { sizeLimit: "1Mi" } }],
    tolerations: [{ key: "spot", operator: "Exists" }],
    containers: [{ name: "job", volumeMounts: [{ name: "scratch", mountPath: "/scratch" }] }],
  } },
  environments: {
    test: { namespace: ${JSON.stringify(namespace.name)}, env: { LEVEL: "environment" } },
    unsafe: { pod: { spec: { hostNetwork: true } } },
  },
});`;
  await writeFile(join(project, "errand.config.ts"), config);
  await namespace.kubectl.text(["create", "secret", "generic", "billing", `--from-literal=token=${TOKEN}`]);
  const { stdout, stderr } = await errand("render", JOB, "--env", "test");
  if (stdout === "") throw new Error(stderr);
  await namespace.kubectl.text(["apply", "--server-side", "--filename=-"], { input: stdout });
});

afterAll(async () => {
  await namespace.delete();
  await rm(project, { recursive: true });
});

describe("errand.config.ts", () => {
  it("sets the pod's variables, secrets and volumes, without exposing a secret", async () => {
    const { code, report } = await triggerAndWait(namespace, "uses-settings");
    expect({ code, error: report.error }).toEqual({ code: 0, error: undefined });
    expect(report.result).toEqual({
      scratch: "written",
      price: "5$ $(HOME)",
      level: "environment",
      length: TOKEN.length,
      token: "[redacted]",
      pods: 1,
    });
    const log = await namespace.kubectl.text(["logs", `job/${report.run.id}`]);
    expect(log).toContain("again: [redacted]");
    expect(log).not.toContain(TOKEN);
    const runs = await namespace.kubectl.text(["get", "job,pod,cronjob", "--output=yaml"]);
    expect(runs).not.toContain(TOKEN);
  });

  it("adds labels to every object", async () => {
    const kinds = "serviceaccount,role,rolebinding,networkpolicy,configmap,cronjob";
    const labelled = await namespace.kubectl.text(["get", kinds, "--selector=team=shop", "--output=name"]);
    expect(labelled.trim().split("\n")).toHaveLength(6);
  });

  it("allows only DNS, the API server and the job's egress", async () => {
    const { spec } = await namespace.kubectl.get<{ spec: { egress: object[] } }>("networkpolicy/uses-settings");
    expect(spec.egress).toHaveLength(3);
    expect(spec.egress[1]).toEqual({
      to: [{ ipBlock: { cidr: "10.96.0.1/32" } }, { ipBlock: { cidr: "10.88.0.1/32" } }],
      ports: [
        { protocol: "TCP", port: 443 },
        { protocol: "TCP", port: 6443 },
      ],
    });
    expect(spec.egress[2]).toEqual({
      to: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "database" } } }],
      ports: [{ protocol: "TCP", port: 5432 }],
    });
  });

  it("is refused before any request if its pod violates the restricted level", async () => {
    const { code, stdout, stderr } = await errand("render", JOB, "--env", "unsafe");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toMatch(/restricted Pod Security level: spec\.hostNetwork\n/);
  });

  it("sets the namespace of commands that read from the cluster, per environment", async () => {
    const { code, stdout } = await errand("history", "uses-settings", "--env", "test", "--output", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expect.any(Array));
  });
});
