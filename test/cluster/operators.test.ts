import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndGo, untilRecorded } from "./runs.ts";

const README = new URL("../../deploy/README.md", import.meta.url);

interface Role {
  readonly metadata: { readonly name: string; namespace: string };
}

/** The Roles that the documentation tells people to apply. */
function documentedRoles(): Role[] {
  const blocks = readFileSync(README, "utf8").matchAll(/```yaml\n(.*?)```/gs);
  const documents = [...blocks].flatMap(([, text = ""]) => parseAllDocuments(text).map((each) => each.toJS()));
  return documents.filter((document) => document.kind === "Role");
}

describe("the documented Roles", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  const folder = project();

  /** Runs errand as a person with only this Role. */
  async function as(role: string, ...args: readonly string[]) {
    return await namespace.errand([...args, "--kubeconfig", join(folder, role)]);
  }

  beforeAll(async () => {
    namespace = await TestNamespace.create(cluster, "operators");
    const { kubectl, name } = namespace;
    const config = parse(readFileSync(cluster.kubeconfig, "utf8"));
    for (const role of documentedRoles()) {
      const person = role.metadata.name;
      await kubectl.apply({ ...role, metadata: { ...role.metadata, namespace: name } });
      await kubectl.text(["create", "serviceaccount", person]);
      await kubectl.text(["create", "rolebinding", person, `--role=${person}`, `--serviceaccount=${name}:${person}`]);
      const token = (await kubectl.text(["create", "token", person])).trim();
      const users = config.users.map((user: { name: string }) => ({ name: user.name, user: { token } }));
      writeFileSync(join(folder, person), JSON.stringify({ ...config, users }));
    }
    await deploy(namespace, "waits");
    await deploy(namespace, "jobs/pod-cleanup.ts");
    await kubectl.text(["create", "configmap", "victim"]);
  });
  afterAll(async () => {
    await namespace.delete();
  });

  it("let an operator trigger, watch, cancel, retry, pause and resume, and a viewer only read", async () => {
    const run = await triggerAndGo(namespace, "waits");
    await untilRecorded(namespace, run, '"deleted":"victim"');
    const status = await as("errand-operator", "status", run, "-o", "json");
    expect({ code: status.code, stderr: status.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(status.stdout)).toMatchObject({ run: { progress: { deleted: "victim" } } });

    expect((await as("errand-operator", "trigger", "waits")).code).toBe(75);
    expect((await as("errand-operator", "cancel", run)).code).toBe(0);
    const retried = await as("errand-operator", "retry", run);
    expect(retried.code).toBe(0);
    expect((await as("errand-operator", "cancel", retried.stdout.trim())).code).toBe(0);
    expect((await as("errand-operator", "pause", "pod-cleanup")).code).toBe(0);
    expect((await as("errand-operator", "resume", "pod-cleanup")).code).toBe(0);

    await namespace.kubectl.waitFor("delete", ["pods", `--selector=batch.kubernetes.io/job-name=${run}`]);
    for (const args of [["ps"], ["status", "waits"], ["history", "waits"], ["why", "waits"], ["logs", run]]) {
      const seen = await as("errand-reader", ...args);
      // The pod of a cancelled run is gone, and its log with it, whatever the rights.
      const expected = args[0] === "logs" ? 2 : 0;
      expect({ args, code: seen.code }).toEqual({ args, code: expected });
    }
    expect((await as("errand-reader", "result", run)).code).toBe(143);
  });

  it.each([
    ["errand-reader", "trigger", "pod-cleanup"],
    ["errand-reader", "pause", "pod-cleanup"],
    ["errand-operator", "rollback", "pod-cleanup"],
    ["errand-operator", "remove", "pod-cleanup", "--yes"],
  ])("refuse %s to %s, naming the missing right", async (role, ...args) => {
    const { code, stderr } = await as(role, ...args);
    expect(stderr).toMatch(/^error: You may not \w+ [\w.]+ in namespace/);
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 77, lines: 2 });
  });
});
