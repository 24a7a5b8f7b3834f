import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../runtime/run/report/report.ts";
import { startErrand } from "../support/errand.ts";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { startStoppingProxy } from "./stopping-proxy.ts";
import { until } from "./until.ts";

let namespace: TestNamespace;
let other: TestNamespace;
const folder = project();
let image: readonly string[];

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "deploy");
  other = await TestNamespace.create(inject("cluster"), "deploy-other");
  image = ["--image", namespace.access.nodeImage];
  for (const name of ["all", "with", "without"]) mkdirSync(join(folder, name));
  writeJob("all/sweep", `schedule: "@yearly", access: { pods: ["list"] }`);
  writeJob("all/count", `access: {}`);
});
afterAll(async () => {
  await Promise.all([namespace.delete(), other.delete()]);
});

function writeJob(name: string, fields: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, `import { defineJob } from "errand";\nexport default defineJob({ ${fields}, run() {} });\n`);
  return file;
}

/** As a person runs it, wherever: TestNamespace's own says one namespace. */
function start(args: readonly string[], kubeconfig: string) {
  return startErrand(args, { cwd: folder, env: { KUBECONFIG: kubeconfig } });
}

function errand(...args: readonly string[]) {
  return start(args, namespace.access.kubeconfig).ended;
}

describe("errand deploy", () => {
  it("deploys a folder to several namespaces, and reports the result of each if one does not exist", async () => {
    const names = `${namespace.name},nowhere-at-all,${other.name}`;
    const { code, stdout, stderr } = await errand("deploy", join(folder, "all"), "--namespaces", names, ...image);
    expect(code).toBe(2);
    expect(stderr).toContain('Namespace "nowhere-at-all" does not exist: nothing was applied');
    const rows = stdout
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ {2,}/));
    expect(rows.map(([where, job, , result]) => `${where} ${job} ${result}`)).toEqual([
      `${namespace.name} count 3 created`,
      `${namespace.name} sweep 5 created`,
      "nowhere-at-all count failed",
      "nowhere-at-all sweep failed",
      `${other.name} count 3 created`,
      `${other.name} sweep 5 created`,
    ]);
    for (const each of [namespace, other]) {
      await each.kubectl.text(["get", "cronjob/count", "cronjob/sweep", "role/sweep"]);
    }
  });

  it("deploys to every namespace with the labels", async () => {
    const label = `errand-test=${namespace.name}`;
    await namespace.kubectl.text(["label", "namespace", namespace.name, label]);
    const file = writeJob("labelled", `access: {}`);
    const { code, stdout } = await errand("deploy", file, "--namespace-selector", label, "-o", "json", ...image);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ job: "labelled", namespace: namespace.name });
  });

  it("reports the manager and the field of a conflict, applies nothing, and takes over the field if told to", async () => {
    const file = writeJob("contested", `schedule: "@yearly", access: {}`);
    await errand("deploy", file, "-n", namespace.name, ...image);
    const theirs = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "contested" },
      spec: { schedule: "@monthly" },
    };
    await namespace.kubectl.text(
      ["apply", "--server-side", "--force-conflicts", "--field-manager=their-tool", "--filename=-"],
      { input: JSON.stringify(theirs) },
    );
    const refused = await errand("deploy", file, "-n", namespace.name, ...image);
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain("contested: their-tool owns .spec.schedule: nothing was applied");
    const schedule = () => namespace.kubectl.text(["get", "cronjob/contested", "--output=jsonpath={.spec.schedule}"]);
    expect(await schedule()).toBe("@monthly");
    const forced = await errand("deploy", file, "-n", namespace.name, "--force-conflicts", ...image);
    expect(forced.code, forced.stderr).toBe(0);
    expect(await schedule()).toBe("@yearly");
  });

  it("reports manual additions to the pod template, with their manager", async () => {
    const args = [writeJob("by-hand", `access: { pods: ["list"] }`), ...image];
    expect((await namespace.errand(["deploy", ...args])).code).toBe(0);
    const container = { name: "job", env: [{ name: "DEBUG_BY_HAND", value: "1" }] };
    const patch = { spec: { jobTemplate: { spec: { template: { spec: { containers: [container] } } } } } };
    await namespace.kubectl.text(["patch", "cronjob/by-hand", `--patch=${JSON.stringify(patch)}`]);
    const { code, stdout } = await namespace.errand(["diff", ...args]);
    expect(stdout).toContain("containers[name=job].env[name=DEBUG_BY_HAND] (kubectl-patch)");
    expect(code).toBe(0);
  });

  it("applies nothing if a policy refuses dry runs, and explains how to apply without one", async () => {
    const name = `no-dry-runs-${namespace.name}`;
    const match = {
      apiGroups: ["batch"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["cronjobs"],
    };
    await namespace.kubectl.apply(
      {
        ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name } },
        spec: {
          matchConstraints: { resourceRules: [match] },
          validations: [{ expression: "!has(request.dryRun) || request.dryRun == false", message: "no dry runs here" }],
        },
      },
      {
        ...{
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "ValidatingAdmissionPolicyBinding",
          metadata: { name },
        },
        spec: {
          policyName: name,
          validationActions: ["Deny"],
          matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace.name } } },
        },
      },
    );
    try {
      const args = ["deploy", writeJob("untried", "access: {}"), ...image];
      await until("the policy is in force", async () => (await namespace.errand([...args, "--dry-run"])).code !== 0);
      const refused = await namespace.errand(args);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain("nothing was applied");
      expect(refused.stderr).toContain("--allow-untried");
      const untried = await namespace.errand([...args, "--allow-untried"]);
      expect({ code: untried.code, stderr: untried.stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("was applied without a dry run"),
      });
    } finally {
      await namespace.kubectl.text(["delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", name]);
    }
  });

  it("leaves a state that the next deploy repairs if it is killed after any write", async () => {
    const file = writeJob("killed", `schedule: "@yearly", access: { pods: ["list"] }`);
    const kubeconfig = join(folder, "proxied.json");
    const args = ["deploy", file, "-n", namespace.name, ...image];
    for (let last = 1; last <= 5; last += 1) {
      let writes = 0;
      let kill = () => {};
      await using proxy = await startStoppingProxy(namespace.access, () => {
        writes += 1;
        if (writes === last) kill();
      });
      proxy.writeKubeconfig(kubeconfig);
      const { child, ended } = start(args, kubeconfig);
      kill = () => child.kill("SIGKILL");
      await ended;
      expect({ writes, signal: child.signalCode }).toEqual({ writes: last, signal: "SIGKILL" });
      const mended = await errand(...args, "-o", "json");
      expect(mended.code, mended.stderr).toBe(0);
      expect((await errand("diff", ...args.slice(1))).stdout).toBe("no difference\n");
      expect((await errand("remove", "killed", "-n", namespace.name, "--yes")).code).toBe(0);
      // The garbage collector lets go of its runs first; what is applied to it until then would go with it.
      await namespace.kubectl.waitFor("delete", ["cronjob/killed"]);
    }
  });

  it("leaves one complete revision if two deploys of a job run concurrently", async () => {
    const args = ["-n", namespace.name, ...image];
    const files = ["with", "without"].map((word) => {
      const access = word === "with" ? `pods: ["list"]` : "";
      return writeJob(`${word}/twice`, `description: "${word} rights", schedule: "@yearly", access: { ${access} }`);
    });
    const ends = await Promise.all(files.map((file) => errand("deploy", file, ...args)));
    for (const { code, stderr } of ends) expect([0, 1, 75], stderr).toContain(code);
    const differences = await Promise.all(files.map((file) => errand("diff", file, ...args)));
    expect(differences.filter(({ code }) => code === 0)).toHaveLength(1);
  });

  it("waits for the first run and returns its report with --watch", async () => {
    const file = writeJob("soon", `schedule: "* * * * *", access: {}`);
    const { code, stdout, stderr } = await errand(
      "deploy",
      file,
      "-n",
      namespace.name,
      "--watch",
      "-o",
      "json",
      ...image,
    );
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ job: "soon", outcome: "succeeded", run: { trigger: "schedule" } });
    expect(stderr).toContain(`run ${report.run.id}`);
  });
});
