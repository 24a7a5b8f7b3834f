import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { until } from "./until.ts";

const JOBS = ["needs-nothing", "waits", "tidies-config-maps"].map((name) =>
  fileURLToPath(new URL(`jobs/${name}.ts`, import.meta.url)),
);
const [NEEDS_NOTHING = ""] = JOBS;
const LABELS = { "app.kubernetes.io/managed-by": "errand" };
const ANNOTATE = `--patch=${JSON.stringify({ metadata: { annotations: { "errand/revisions": "[]" } } })}`;
const EVERYTHING = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];

interface Policy {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly typeChecking?: { readonly expressionWarnings?: readonly object[] };
  };
}

/** Three accounts that RBAC lets do anything in the namespace: only the policy tells them apart. */
describe("the admission policy that errand renders", () => {
  const cluster = inject("cluster");
  let namespace: TestNamespace;
  const folder = project();
  let policies: Manifest[] = [];

  interface Manifest {
    readonly kind: string;
    readonly metadata: { readonly name: string };
  }

  beforeAll(async () => {
    namespace = await TestNamespace.create(cluster, "admission");
    const { kubectl, name } = namespace;
    const config = parse(readFileSync(cluster.kubeconfig, "utf8"));
    const metadata = { name: "everything", namespace: name };
    const people = ["deployer", "operator", "stranger"];
    const rbac = "rbac.authorization.k8s.io";
    await kubectl.apply(
      { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: EVERYTHING },
      {
        ...{ apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata },
        roleRef: { apiGroup: rbac, kind: "Role", name: "everything" },
        subjects: [...people, "tidies-config-maps"].map((each) => ({
          kind: "ServiceAccount",
          name: each,
          namespace: name,
        })),
      },
    );
    for (const person of people) {
      await kubectl.text(["create", "serviceaccount", person]);
      await namespace.untilMay(person, "create", "configmaps", true);
      const token = (await kubectl.text(["create", "token", person])).trim();
      const users = config.users.map((user: { name: string }) => ({ name: user.name, user: { token } }));
      writeFileSync(join(folder, person), JSON.stringify({ ...config, users }));
    }
    const who = (person: string) => `serviceaccount:${name}/${person}`;
    const flags = ["--admission-policy", "--deployers", who("deployer"), "--operators", who("operator")];
    const { code, stdout, stderr } = await namespace.errand(["render", ...JOBS, ...flags]);
    expect(code, stderr).toBe(0);
    policies = parseAllDocuments(stdout).map((each) => each.toJS());
    await kubectl.apply(...policies);
    await until("the policy holds", async () => {
      const { stderr: refused } = await as("stranger", ["create", "configmap", "errand-probe", "--dry-run=server"]);
      return refused.includes(`errand-reserved-${name}`);
    });
  });
  afterAll(async () => {
    const names = policies.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
    await namespace.kubectl.text(["delete", "--ignore-not-found", ...names]);
    await namespace.delete();
  });

  /** kubectl as one of the three. */
  async function as(person: string, args: readonly string[], input?: object) {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    return await namespace.kubectl.run([`--kubeconfig=${join(folder, person)}`, ...args], options);
  }

  async function errandAs(person: string, ...args: readonly string[]) {
    return await namespace.errand([...args, "--kubeconfig", join(folder, person)]);
  }

  it("compiles with correct types", async () => {
    const names = policies.filter(({ kind }) => kind.endsWith("Policy")).map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(1 + JOBS.length);
    for (const name of names) {
      let policy: Policy | undefined;
      await until(`the types of ${name} are checked`, async () => {
        policy = await namespace.kubectl.get<Policy>(`validatingadmissionpolicy/${name}`);
        return policy.status?.observedGeneration === policy.metadata.generation;
      });
      expect(policy?.status?.typeChecking?.expressionWarnings ?? []).toEqual([]);
    }
  });

  it("allows the deployer to deploy, trigger, schedule, cancel, roll back and remove, and an operator only to run jobs", async () => {
    const image = ["--image", cluster.nodeImage];
    const deployed = await errandAs("deployer", "deploy", ...JOBS, ...image);
    expect(deployed.code, deployed.stderr).toBe(0);
    await namespace.kubectl.text(["create", "configmap", "victim"]);
    const ran = await errandAs("operator", "trigger", "needs-nothing", "--wait");
    expect(ran.code, ran.stderr).toBe(0);
    const started = await errandAs("operator", "trigger", "waits", "-o", "json");
    expect(started.code, started.stderr).toBe(0);
    const { run } = JSON.parse(started.stdout) as { run: string };
    await namespace.kubectl.waitFor("jsonpath={.status.active}=1", [`job/${run}`]);
    const cancelled = await errandAs("operator", "cancel", run);
    expect(cancelled.code, cancelled.stderr).toBe(0);

    const changed = join(folder, "needs-nothing.ts");
    writeFileSync(
      changed,
      readFileSync(NEEDS_NOTHING, "utf8").replace("access: {},", 'access: {}, schedule: "* * * * *",'),
    );
    const again = await errandAs("deployer", "deploy", changed, ...image);
    expect(again.code, again.stderr).toBe(0);
    await namespace.kubectl.waitFor("jsonpath={.status.lastSuccessfulTime}", ["cronjob/needs-nothing"]);
    for (const command of ["pause", "resume", "pause"]) {
      const { code, stderr } = await errandAs("operator", command, "needs-nothing");
      expect({ command, code }, stderr).toEqual({ command, code: 0 });
    }
    const code = ["set", "image", "cronjob/needs-nothing", "job=other:1"];
    expect((await as("operator", code)).stderr).toContain(`errand-reserved-${namespace.name}`);
    const back = await errandAs("deployer", "rollback", "needs-nothing", "--yes");
    expect(back.code, back.stderr).toBe(0);
    const removed = await errandAs("deployer", "remove", "waits", "--all", "--yes");
    expect(removed.code, removed.stderr).toBe(0);
  });

  it("refuses forged objects with any of errand's marks, and the removal of a mark", async () => {
    const object = (kind: string, metadata: object, more: object = {}) => ({
      apiVersion: "v1",
      kind,
      metadata,
      ...more,
    });
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const pod = {
      spec: {
        containers: [{ name: "x", image: "none", securityContext }],
        restartPolicy: "Never",
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      },
    };
    const forged: readonly object[] = [
      object("ConfigMap", { name: "x", labels: LABELS }),
      object("ConfigMap", { name: "x", labels: { "errand/plan-of": "waits" } }),
      object("ConfigMap", { name: "x", annotations: { "errand/applied": "[]" } }),
      object("ConfigMap", { name: "errand-waits-0123456789" }),
      object("ConfigMap", { generateName: "errand-" }),
      object("Secret", { name: "errand-x" }),
      object("Pod", { name: "x", labels: LABELS }, pod),
      object(
        "Pod",
        { name: "x", ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "run", uid: "1" }] },
        pod,
      ),
      { ...object("Job", { name: "x", labels: LABELS }, { spec: { template: pod } }), apiVersion: "batch/v1" },
      { ...object("Role", { name: "x", labels: LABELS }), apiVersion: "rbac.authorization.k8s.io/v1" },
    ];
    for (const each of forged) {
      const { code, stderr } = await as("stranger", ["create", "--filename=-"], each);
      expect({ each, code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("reserved for its deployers"),
      });
    }
    const job = { template: { spec: { ...pod.spec } } };
    const jobTemplate = { metadata: { labels: LABELS }, spec: job };
    const cronJob = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "x" },
      spec: { schedule: "* * * * *", jobTemplate },
    };
    const byTemplate = await as("stranger", ["create", "--filename=-"], cronJob);
    expect(byTemplate.stderr).toContain("reserved for its deployers");
    const own = object("ConfigMap", { name: "own" });
    expect((await as("stranger", ["create", "--filename=-"], own)).code).toBe(0);
    expect((await as("stranger", ["label", "configmap/own", "app.kubernetes.io/managed-by=errand"])).code).toBe(1);
    expect((await as("stranger", ["delete", "configmap/own"])).code).toBe(0);

    const deployed = await errandAs("deployer", "deploy", NEEDS_NOTHING, "--image", cluster.nodeImage);
    expect(deployed.code, deployed.stderr).toBe(0);
    for (const args of [
      ["label", "cronjob/needs-nothing", "app.kubernetes.io/managed-by-"],
      ["annotate", "--overwrite", "cronjob/needs-nothing", "errand/paused=now"],
      ["patch", "cronjob/needs-nothing", "--subresource=status", "--type=merge", ANNOTATE],
      ["set", "image", "cronjob/needs-nothing", "job=other:1"],
      ["delete", "cronjob/needs-nothing"],
      ["delete", "configmaps", "--selector=app.kubernetes.io/name=needs-nothing"],
      ["create", "job", "forged", "--from=cronjob/needs-nothing"],
    ]) {
      const { code, stderr } = await as("stranger", args);
      expect({ args, code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("reserved for its deployers"),
      });
    }
    const told = await errandAs("stranger", "trigger", "needs-nothing");
    expect(told.stderr).toContain(`refused by the policy errand-reserved-${namespace.name}`);
    expect(told.stderr).toContain("--deployers");
    expect(told.code).toBe(64);
  });

  it("refuses undeclared requests with a job's token, whatever RBAC grants, and allows declared ones", async () => {
    const deployed = await errandAs("deployer", "deploy", ...JOBS, "--image", cluster.nodeImage);
    expect(deployed.code, deployed.stderr).toBe(0);
    const { kubectl, name } = namespace;
    await namespace.untilMay("tidies-config-maps", "create", "pods", true);
    const token = (await kubectl.text(["create", "token", "tidies-config-maps"])).trim();
    const config = parse(readFileSync(cluster.kubeconfig, "utf8"));
    const ca = Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64");
    const ask = async (method: string, path: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const sent = request(new URL(path, cluster.server), { method, ca, headers, agent: false });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
      const [answer] = await once(sent, "response");
      return { code: answer.statusCode as number, body: await text(answer) };
    };
    const core = `/api/v1/namespaces/${name}`;
    await kubectl.text(["create", "configmap", "kept"]);
    await kubectl.text(["create", "secret", "generic", "kept"]);
    const refused = [
      await ask("POST", `${core}/configmaps`, { metadata: { name: "made" } }),
      await ask("DELETE", `${core}/secrets/kept`),
      await ask("DELETE", `${core}/secrets`),
      await ask("POST", `${core}/serviceaccounts/tidies-config-maps/token`, { spec: {} }),
      await ask("POST", `/apis/coordination.k8s.io/v1/namespaces/${name}/leases`, { metadata: { name: "made" } }),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject({ code: 403, body: expect.stringContaining("does not declare to ") });
      expect(answer.body).toContain(`errand-access-${name}-tidies-config-maps`);
    }
    expect(await kubectl.get(`secret/kept`)).toMatchObject({ metadata: { name: "kept" } });
    expect((await ask("GET", `${core}/configmaps/kept`)).code).toBe(200);
    expect((await ask("DELETE", `${core}/configmaps/kept`)).code).toBe(200);
    const review = { spec: { resourceAttributes: { namespace: name, verb: "get", resource: "pods" } } };
    expect((await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)).code).toBe(201);

    await kubectl.text(["create", "configmap", "away"]);
    await kubectl.text(["label", "configmap/away", "tidy=away"]);
    const ran = await errandAs("operator", "trigger", "tidies-config-maps", "--wait");
    expect(ran.code, ran.stderr).toBe(0);
    await kubectl.waitFor("delete", ["configmap/away"]);
  });
});
