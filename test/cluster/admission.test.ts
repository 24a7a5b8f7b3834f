import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

const JOB = "reads-what-is-there";
const API = "admissionregistration.k8s.io/v1";
const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const ADDED = "/var/otel";

let namespace: TestNamespace;
beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "admission");
  await deploy(namespace, JOB);
});
afterAll(() => namespace.delete());
afterEach(() =>
  namespace.kubectl.text(["delete", "mutatingadmissionpolicy,mutatingadmissionpolicybinding", namespace.name]),
);

/**
 * What a webhook does to every pod of the namespace, and to no other, once it has an effect.
 *
 * @param shows what a pod then has
 */
async function mutate(mutation: object, shows: string): Promise<void> {
  const { name, kubectl } = namespace;
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": name } };
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
  const policy = {
    matchConstraints: { resourceRules: [rule], namespaceSelector },
    failurePolicy: "Fail",
    reinvocationPolicy: "Never",
    mutations: [mutation],
  };
  for (const object of [
    { apiVersion: API, kind: "MutatingAdmissionPolicy", metadata: { name }, spec: policy },
    { apiVersion: API, kind: "MutatingAdmissionPolicyBinding", metadata: { name }, spec: { policyName: name } },
  ])
    await kubectl.text(["create", "--filename=-"], { input: JSON.stringify(object) });
  const container = {
    name: "main",
    image: "none",
    env: [{ name: "A", value: "b" }],
    volumeMounts: [{ name: "v", mountPath: "/v" }],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const spec = {
    containers: [container],
    volumes: [{ name: "v", emptyDir: {} }],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  };
  const input = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "asks" }, spec });
  await until(`pods have ${shows}`, async () =>
    (await kubectl.run(["create", "--dry-run=server", "-o", "json", "--filename=-"], { input })).stdout.includes(shows),
  );
}

/** As the OpenTelemetry operator does in an annotated namespace. */
function nodeOptions(value: string): object {
  const volume = `Object.spec.volumes{ name: "otel-auto", configMap: Object.spec.volumes.configMap{ name: "otel-auto" } }`;
  const variable = `Object.spec.containers.env{ name: "NODE_OPTIONS", value: "${value}" }`;
  const mount = `Object.spec.containers.volumeMounts{ name: "otel-auto", mountPath: "${ADDED}" }`;
  const containers = `object.spec.containers.map(c, Object.spec.containers{ name: c.name, env: [${variable}], volumeMounts: [${mount}] })`;
  const expression = `Object{ spec: Object.spec{ volumes: [${volume}], containers: ${containers} } }`;
  return { patchType: "ApplyConfiguration", applyConfiguration: { expression } };
}

/** As the webhooks of EKS and Azure do. */
function identity(): object {
  const source = `Object.spec.volumes.projected.sources{ serviceAccountToken: Object.spec.volumes.projected.sources.serviceAccountToken{ audience: "sts.amazonaws.com", expirationSeconds: 86400, path: "token" } }`;
  const volume = `Object.spec.volumes{ name: "aws-iam-token", projected: Object.spec.volumes.projected{ sources: [ ${source} ] } }`;
  const mount = `Object.spec.containers.volumeMounts{ name: "aws-iam-token", mountPath: "${TOKEN_FOLDER}", readOnly: true }`;
  const variable = `Object.spec.containers.env{ name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: "${TOKEN_FOLDER}/token" }`;
  const add = (path: string, value: string) => `JSONPatch{ op: "add", path: "/spec/${path}/-", value: ${value} }`;
  const patches = [add("volumes", volume), add("containers/0/volumeMounts", mount), add("containers/0/env", variable)];
  return { patchType: "JSONPatch", jsonPatch: { expression: `[${patches.join(", ")}]` } };
}

const MISSING = { exists: "false", stat: "undefined", read: "ENOENT", passwd: "true" };

describe("a pod changed by a webhook", () => {
  it("reads an injected token, and treats absent files as missing, like errand run", async () => {
    await mutate(identity(), TOKEN_FOLDER);
    const { code, report } = await triggerAndWait(namespace, JOB);
    expect(code).toBe(0);
    expect(report.result).toEqual({ ...MISSING, parts: "3", instrumented: false });
    const file = fileURLToPath(new URL(`jobs/${JOB}.ts`, import.meta.url));
    for (const words of [
      ["run", file],
      ["run", file, "--embedded"],
    ]) {
      const { stdout, stderr } = await namespace.errand([...words, "-o", "json"]);
      expect(JSON.parse(stdout || "{}"), stderr).toMatchObject({ result: { ...MISSING, parts: "ENOENT" } });
    }
  });

  it("runs even if NODE_OPTIONS makes Node load other code", async () => {
    const data = { "auto.js": "globalThis.instrumented = true;" };
    await namespace.kubectl.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "otel-auto" }, data });
    await mutate(nodeOptions(` --require ${ADDED}/auto.js`), ADDED);
    const { code, report } = await triggerAndWait(namespace, JOB);
    expect(code).toBe(0);
    expect(report.result).toMatchObject({ instrumented: true });
  });

  it("explains that NODE_OPTIONS ended Node before the job started", async () => {
    const data = { "auto.js": 'new (require("node:worker_threads").Worker)("", { eval: true });' };
    await namespace.kubectl.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "otel-auto" }, data });
    await mutate(nodeOptions(` --require ${ADDED}/auto.js`), ADDED);
    const { report } = await triggerAndWait(namespace, JOB);
    expect(report).toMatchObject({ outcome: "lost" });
    const { stdout } = await namespace.errand(["why", JOB, "-o", "json"]);
    const { finding } = JSON.parse(stdout) as { finding: { cause: string; evidence: string[]; next: string } };
    expect(finding).toMatchObject({ cause: "changedPod", next: expect.stringContaining("opentelemetry") });
    expect(finding.evidence.at(-1)).toMatch(/has added or changed NODE_OPTIONS=" --require [^"]+", mount \/var\/otel$/);
  });
});
