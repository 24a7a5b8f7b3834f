import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { TestNamespace } from "./namespace.ts";

const RBAC = "rbac.authorization.k8s.io";

/** What somebody may in the namespace, and nothing else in the cluster. */
const PEOPLE: Readonly<Record<string, readonly object[]>> = {
  // Creates what looks like errand's.
  forger: [
    { apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["create"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] },
  ],
};

describe("what others in the namespace can write", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  let folder: string;

  const configOf = (person: string) => join(folder, person);

  /** Creates an object as that person, which has to succeed. */
  async function createAs(person: string, object: object): Promise<void> {
    const args = ["create", `--kubeconfig=${configOf(person)}`, "--filename=-"];
    await namespace.kubectl.text(args, { input: JSON.stringify(object) });
  }

  async function deployJob(name: string, fields: string): Promise<string> {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, `import { defineJob } from "errand";\nexport default defineJob({ ${fields} });\n`);
    const { code, stderr } = await namespace.errand(["deploy", file, "--image", cluster.nodeImage]);
    if (code !== 0) throw new Error(stderr);
    return file;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "errand-believed-"));
    namespace = await TestNamespace.create(cluster, "believed");
    const { kubectl, name } = namespace;
    const config = parse(readFileSync(cluster.kubeconfig, "utf8"));
    for (const [person, rules] of Object.entries(PEOPLE)) {
      await kubectl.apply({
        apiVersion: `${RBAC}/v1`,
        kind: "Role",
        metadata: { name: person, namespace: name },
        rules,
      });
      await kubectl.text(["create", "serviceaccount", person]);
      await kubectl.text(["create", "rolebinding", person, `--role=${person}`, `--serviceaccount=${name}:${person}`]);
      const token = (await kubectl.text(["create", "token", person])).trim();
      const users = config.users.map((user: { name: string }) => ({ name: user.name, user: { token } }));
      writeFileSync(configOf(person), JSON.stringify({ ...config, users }));
    }
    await namespace.untilMay("forger", "create", "configmaps", true);
    await namespace.untilMay("forger", "create", "jobs", true);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await namespace.delete();
  });

  it("is no revision to roll back to, and has no deploy prune the real one", async () => {
    await deployJob("versioned", 'access: { pods: ["list"] }, run: () => 1');
    const labels = {
      "app.kubernetes.io/name": "versioned",
      "app.kubernetes.io/component": "job",
      "app.kubernetes.io/managed-by": "errand",
    };
    const binding = {
      ...{ apiVersion: `${RBAC}/v1`, kind: "ClusterRoleBinding" },
      metadata: { name: `errand:${namespace.name}:versioned`, labels },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name: "forger", namespace: namespace.name }],
    };
    const records = [
      "{",
      JSON.stringify({ sets: [{ number: 1, deployedAt: "2999-01-01T00:00:00Z", manifests: [binding] }] }),
    ];
    for (const digit of "0123456") {
      await createAs("forger", {
        ...{ apiVersion: "v1", kind: "ConfigMap" },
        metadata: {
          name: `errand-versioned-${digit.repeat(10)}`,
          labels: { ...labels, "app.kubernetes.io/version": digit.repeat(10) },
          annotations: {
            "errand/applied": records[Number(digit) % 2],
            "errand/deployed-at": "2999-01-01T00:00:00Z",
            "errand/revisions": "[]",
          },
        },
        data: { "boot.cjs": "" },
      });
    }
    await deployJob("versioned", 'access: { pods: ["list"], nodes: ["get"] }, run: () => 2');
    const listed = await namespace.errand(["rollback", "versioned", "--list", "-o", "json"]);
    const revisions = JSON.parse(listed.stdout) as { revision: string; current: boolean }[];
    expect(revisions.map(({ current }) => current)).toEqual([true, false]);
    const former = revisions[1]?.revision;
    const done = await namespace.errand(["rollback", "versioned", "--yes", "-o", "json"]);
    expect(JSON.parse(done.stdout)).toMatchObject({ to: `${former}.1` });
    expect(done.code).toBe(0);
    const wide = await namespace.kubectl.text(["get", "clusterrolebindings", "--output=name"]);
    expect(wide).not.toContain(`errand:${namespace.name}:versioned`);
    const refused = await namespace.errand(["rollback", "versioned", "--to", "1111111111", "--yes"]);
    expect({ code: refused.code, stderr: refused.stderr }).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("There is no revision"),
    });
  });
});
