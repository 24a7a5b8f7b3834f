import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Cluster } from "../../deploy/cluster/connect.ts";
import { connect } from "../../deploy/project/load-config.ts";
import { type BuiltinDescription, builtinFiles, readBuiltin } from "../../deploy/types/builtin-files.ts";
import { apiVersionOf } from "../../deploy/types/schema.ts";
import { findBuiltinKind } from "../../runtime/kube/catalog/builtin.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";

const TYPES = new URL("../../runtime/kube/generated/", import.meta.url);

let cluster: Cluster;

beforeAll(async () => {
  cluster = await connect({ kubeconfig: inject("cluster").kubeconfig });
  return () => cluster[Symbol.asyncDispose]();
});

describe("the committed catalog and types", () => {
  let builtin: BuiltinDescription;

  beforeAll(async () => {
    builtin = await readBuiltin(cluster.client);
  });

  it("contain every resource of a real server", () => {
    const found = builtin.versions.flatMap(({ resources }) =>
      resources.map((resource) => [apiVersionOf(resource), resource.kind] as const),
    );
    expect(found.length).toBeGreaterThan(60);
    expect(found.filter(([apiVersion, kind]) => findBuiltinKind(apiVersion, kind) === undefined)).toEqual([]);
  });

  it("equal the generator's output for a real server", () => {
    const committed = (name: string) => readFileSync(new URL(name, TYPES), "utf8").split("\n").slice(1).join("\n");
    for (const [name, content] of builtinFiles(builtin.versions, builtin.schemas))
      expect(committed(name), name).toBe(content);
  });
});

// Returned<T> promises these parts; this checks the promise against the server.
describe("Returned", () => {
  const metadata = { name: "returned" };
  const containers = [{ name: "main", image: "none" }];
  const template = { metadata: { labels: { app: "a" } }, spec: { containers } };
  const selector = { matchLabels: { app: "a" } };
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "none" };

  it.each<[parts: string[], object: KubeObject & Record<string, unknown>]>([
    [["spec", "status"], { apiVersion: "v1", kind: "Pod", spec: { containers } }],
    [["spec", "status"], { apiVersion: "v1", kind: "Namespace" }],
    [["spec", "status"], { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } }],
    [["spec", "status"], { apiVersion: "v1", kind: "ResourceQuota" }],
    [["spec", "status"], { apiVersion: "v1", kind: "Node" }],
    [["spec"], { apiVersion: "v1", kind: "LimitRange" }],
    [["template"], { apiVersion: "v1", kind: "PodTemplate", template }],
    [["spec", "status"], { apiVersion: "apps/v1", kind: "Deployment", spec: { selector, template } }],
    [["spec", "status"], { apiVersion: "apps/v1", kind: "DaemonSet", spec: { selector, template } }],
    [
      ["spec", "status"],
      { apiVersion: "batch/v1", kind: "Job", spec: { template: { spec: { containers, restartPolicy: "Never" } } } },
    ],
    [["spec", "status"], { apiVersion: "policy/v1", kind: "PodDisruptionBudget" }],
    [["spec"], { apiVersion: "coordination.k8s.io/v1", kind: "Lease" }],
    [["spec"], { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" }],
    [["spec"], { apiVersion: "networking.k8s.io/v1", kind: "IngressClass", spec: { controller: "example.org/a" } }],
    [[], { apiVersion: "v1", kind: "ConfigMap" }],
    [[], { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", roleRef: role }],
  ])("has %j in the answer of a real server to a minimal object: %j", async (parts, object) => {
    const namespaced = findBuiltinKind(object.apiVersion ?? "", object.kind ?? "")?.namespaced;
    const whole = { ...object, metadata: namespaced ? { ...metadata, namespace: "default" } : metadata };
    const returned = await cluster.client.resource(whole).create(whole, { dryRun: true });
    const found = Object.keys(returned).filter((key) => ["spec", "status", "template"].includes(key));
    expect(found.sort()).toEqual(parts);
  });
});
