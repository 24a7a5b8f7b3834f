import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import type { Report } from "../../runtime/run/report/report.ts";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";

const RBAC = "rbac.authorization.k8s.io";

/** Each person's rights in the namespace, and their only ones. */
const PEOPLE: Readonly<Record<string, readonly object[]>> = {
  // Creates what looks like errand's.
  forger: [
    { apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["create"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] },
  ],
};

describe("objects forged by others in the namespace", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  const folder = project();

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
    await kubectl.text(["create", "serviceaccount", "owner"]);
    await kubectl.text(["create", "rolebinding", "owner", "--clusterrole=admin", `--serviceaccount=${name}:owner`]);
    const token = (await kubectl.text(["create", "token", "owner"])).trim();
    const users = config.users.map((user: { name: string }) => ({ name: user.name, user: { token } }));
    writeFileSync(configOf("owner"), JSON.stringify({ ...config, users }));
    await namespace.untilMay("owner", "delete", "cronjobs", true);
    await namespace.untilMay("forger", "create", "configmaps", true);
    await namespace.untilMay("forger", "create", "jobs", true);
  });
  afterAll(async () => {
    await namespace.delete();
  });

  it("do not count as a revision to roll back to, and do not make a deploy prune the real one", async () => {
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
      code: 2,
      stderr: expect.stringContaining("There is no revision"),
    });
  });

  it("do not count as a report: a failed run stays failed despite a pod with its label and no owner", async () => {
    await deployJob("throwing", "access: {}, run: () => { throw new Error('no'); }");
    const triggered = await namespace.errand(["trigger", "throwing", "--wait", "-o", "json"]);
    expect(triggered.code).toBe(1);
    const report = JSON.parse(triggered.stdout) as Report;
    const message = JSON.stringify({ ...report, outcome: "succeeded", error: undefined });
    await createAs("forger", {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: {
        name: "forged",
        labels: {
          ...labelsOf("throwing", report.revision),
          "batch.kubernetes.io/job-name": report.run.id,
          "job-name": report.run.id,
        },
        annotations: { "batch.kubernetes.io/job-index-failure-count": "9" },
      },
      spec: podSpec(
        cluster.nodeImage,
        `require("fs").writeFileSync("/dev/termination-log", ${JSON.stringify(message)})`,
      ),
    });
    await namespace.kubectl.waitFor("jsonpath={.status.phase}=Succeeded", ["pod/forged"]);
    const result = await namespace.errand(["result", report.run.id, "-o", "json"]);
    expect({ code: result.code, outcome: JSON.parse(result.stdout).outcome }).toEqual({ code: 1, outcome: "failed" });
    const history = await namespace.errand(["history", "throwing", "-o", "json"]);
    expect(JSON.parse(history.stdout)).toMatchObject([{ run: report.run.id, outcome: "failed", attempts: 1 }]);
  });

  it("do not count as a run: a Job with a run's labels is named as foreign, and blocks, hides and ends nothing", async () => {
    const file = await deployJob("watched", "access: {}, run: () => 1");
    const { metadata } = await namespace.kubectl.get<{ metadata: { labels: Record<string, string> } }>(
      "cronjob/watched",
    );
    await createAs("forger", {
      ...{ apiVersion: "batch/v1", kind: "Job" },
      metadata: {
        name: "watched-zzzzz",
        labels: metadata.labels,
        annotations: {
          ...{ "errand/cancelled": "{", "errand/report": '{"apiVersion":"errand/v1","kind":"Report","outcome":7}' },
          ...{ "errand/triggered-by": "the administrator", "errand/retry-of": "__proto__" },
          "batch.kubernetes.io/cronjob-scheduled-timestamp": "{",
        },
      },
      spec: { suspend: true, template: { spec: podSpec(cluster.nodeImage, "") } },
    });
    const triggered = await namespace.errand(["trigger", "watched", "--wait"]);
    expect({ code: triggered.code, stderr: triggered.stderr }).toMatchObject({ code: 0 });
    const all = await namespace.errand(["ps", "-o", "json"]);
    expect(all.code).toBe(0);
    expect(JSON.parse(all.stdout)).toContainEqual(
      expect.objectContaining({ job: "watched", active: [], foreign: ["watched-zzzzz"], failuresInARow: 0 }),
    );
    const history = await namespace.errand(["history", "watched", "-o", "json"]);
    expect(
      JSON.parse(history.stdout)
        .map(({ outcome }: { outcome: string }) => outcome)
        .toSorted(),
    ).toEqual(["foreign", "succeeded"]);
    for (const command of ["result", "status", "why", "logs", "retry", "cancel"]) {
      const { code, stderr } = await namespace.errand([command, "watched-zzzzz"]);
      expect({ command, code, stderr }).toMatchObject({
        code: 64,
        stderr: expect.stringContaining("no deployed job owns it"),
      });
    }
    for (const command of ["status", "why", "result", "logs"]) {
      expect({ command, code: (await namespace.errand([command, "watched"])).code }).toEqual({ command, code: 0 });
    }
    expect((await namespace.errand(["deploy", file, "--image", cluster.nodeImage])).code).toBe(0);
    expect((await namespace.errand(["remove", "watched", "--yes"])).code).toBe(0);
  });

  it("are named, with an exit code other than 0, if remove may not delete the job's cluster-wide rights", async () => {
    await deployJob("wide", 'access: { nodes: ["list"], pods: ["list"] }, scope: "cluster", run: () => 1');
    const own = `errand:${namespace.name}:wide`;
    const removed = await namespace.errand(["remove", "wide", "--yes", "--kubeconfig", configOf("owner")]);
    expect(removed.code).toBe(77);
    expect(removed.stderr).toContain(`ClusterRoleBinding ${own} (`);
    expect(removed.stderr).toContain(`ClusterRole ${own} (`);
    const left = await namespace.kubectl.text(["get", "cronjobs,serviceaccounts", "--output=name"]);
    expect(left).toContain("serviceaccount/wide");
    expect(left).not.toContain("cronjob.batch/wide");
    expect((await namespace.errand(["remove", "wide", "--yes"])).code).toBe(0);
    const gone = await namespace.kubectl.text(["get", "clusterroles,clusterrolebindings", "--output=name"]);
    expect(gone).not.toContain(own);
  });

  it("are named, with an exit code other than 0, if a deploy may not delete rights that it narrows", async () => {
    const file = await deployJob("narrowed", 'access: { pods: ["list"] }, scope: "cluster", run: () => 1');
    writeFileSync(
      file,
      'import { defineJob } from "errand";\nexport default defineJob({ access: { pods: ["list"] }, run: () => 2 });\n',
    );
    const args = ["deploy", file, "--image", cluster.nodeImage];
    const deployed = await namespace.errand([...args, "--kubeconfig", configOf("owner")]);
    expect({ code: deployed.code, stderr: deployed.stderr }).toMatchObject({
      code: 77,
      stderr: expect.stringContaining(
        `ClusterRoleBinding errand:${namespace.name}:narrowed is no longer declared but was not removed`,
      ),
    });
    expect((await namespace.errand(args)).code).toBe(0);
    const gone = await namespace.kubectl.text(["get", "clusterroles,clusterrolebindings", "--output=name"]);
    expect(gone).not.toContain(`errand:${namespace.name}:narrowed`);
  });
});

function labelsOf(job: string, revision: string) {
  return {
    "app.kubernetes.io/name": job,
    "app.kubernetes.io/component": "job",
    "app.kubernetes.io/managed-by": "errand",
    "app.kubernetes.io/version": revision,
  };
}

/** A pod of the restricted level that runs some JavaScript. */
function podSpec(image: string, code: string) {
  return {
    restartPolicy: "Never",
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "job",
        image,
        command: ["node", "--eval", code],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  };
}
