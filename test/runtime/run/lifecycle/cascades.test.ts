import { expect, test } from "vitest";
import { startEmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";
import { runJob } from "../../../../runtime/embedded/testing.ts";
import { defineJob } from "../../../../runtime/index.ts";
import type { ResourceInfo } from "../../../../runtime/job/access.ts";

const owned = (kind: string, name: string, uid: string, owner?: { kind: string; name: string; uid: string }) => ({
  apiVersion: kind === "Pod" || kind === "ConfigMap" ? "v1" : "apps/v1",
  kind,
  metadata: {
    name,
    uid,
    ...(owner ? { ownerReferences: [{ apiVersion: "apps/v1", controller: true, ...owner }] } : {}),
  },
  spec: { template: {}, selector: {}, containers: [] },
});
const WEB = { kind: "Deployment", name: "web", uid: "d-1" };
const SET = { kind: "ReplicaSet", name: "web-1", uid: "r-1" };

async function shop() {
  const cluster = await startEmbeddedCluster();
  cluster.applyObjects([
    owned("Deployment", "web", "d-1"),
    owned("ReplicaSet", "web-1", "r-1", WEB),
    owned("Pod", "web-1-a", "p-1", SET),
    owned("Pod", "web-1-b", "p-2", SET),
    owned("Pod", "alone", "p-3"),
    owned("ConfigMap", "other", "c-1"),
  ]);
  return cluster;
}

test("a rehearsal reports the dependents of owners that it deleted, and those it could not see", async () => {
  await using cluster = await shop();
  const job = (list: object) =>
    defineJob({
      access: { deployments: ["delete"], pods: ["list"], ...list },
      limits: { delete: 5 },
      cascades: true,
      run: ({ kube }) => kube.deployments.delete("web", { propagationPolicy: "Foreground" }),
    });
  const blind = await runJob(job({}), cluster, { dryRun: true });
  expect(blind.cascades).toEqual({ deleted: { "deployments.apps": 1 }, below: {}, unseen: ["replicasets.apps"] });
  const { outcome, cascades } = await runJob(job({ replicasets: ["list"] }), cluster);
  expect({ outcome, cascades }).toEqual({
    outcome: "succeeded",
    cascades: { deleted: { "deployments.apps": 1 }, below: { "replicasets.apps": 1, pods: 2 }, unseen: [] },
  });
});

test("a rehearsal lists the contents of a namespace that it deleted, as far as the job may list them", async () => {
  await using cluster = await shop();
  const job = defineJob({
    access: { namespaces: ["delete"], pods: ["list"], configmaps: ["list"] },
    scope: "cluster",
    cascades: true,
    run: ({ kube }) => kube.namespaces.delete(kube.namespace),
  });
  const { cascades, dryRun } = await runJob(job, cluster, { dryRun: true });
  expect({ dryRun, cascades }).toMatchObject({
    dryRun: true,
    cascades: {
      deleted: { namespaces: 1 },
      below: { pods: 3 },
      unseen: [expect.stringContaining("everything else in namespace")],
    },
  });
});

const WIDGETS: ResourceInfo = {
  group: "example.com",
  version: "v1",
  resource: "widgets",
  kind: "Widget",
  namespaced: true,
  verbs: ["list", "create", "delete"],
  subresources: {},
};

test("a rehearsal lists the objects of a CustomResourceDefinition that it deleted, in all namespaces, or reports that it may not", async () => {
  await using cluster = await startEmbeddedCluster({ customResources: [WIDGETS] });
  const widget = (name: string, namespace: string) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name, namespace },
  });
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {},
  };
  cluster.applyObjects([
    definition,
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "team-b" } },
    widget("one", "default"),
    widget("two", "team-b"),
  ]);
  const job = (list: object) =>
    defineJob({
      access: { customresourcedefinitions: ["delete"], ...list },
      scope: "cluster",
      cascades: true,
      run: ({ kube }) => kube.customresourcedefinitions.delete("widgets.example.com"),
    });
  const deleted = { "customresourcedefinitions.apiextensions.k8s.io": 1 };
  const seen = await runJob(job({ "widgets.example.com": ["list"] }), cluster, { dryRun: true });
  expect(seen.cascades).toEqual({ deleted, below: { "widgets.example.com": 2 }, unseen: [] });
  const blind = await runJob(job({}), cluster, { dryRun: true });
  expect(blind.cascades).toEqual({ deleted, below: {}, unseen: ["all objects of widgets.example.com"] });
});

test("a job without cascades deletes an owner only if it orphans the dependents", async () => {
  await using cluster = await shop();
  const job = (propagationPolicy?: "Background" | "Orphan") =>
    defineJob({
      access: { deployments: ["delete", "deletecollection"] },
      cascades: false,
      run: ({ kube }) => kube.deployments.delete("web", propagationPolicy ? { propagationPolicy } : {}),
    });
  for (const policy of [undefined, "Background"] as const) {
    const { outcome, error, requests } = await runJob(job(policy), cluster);
    expect({ outcome, requests, reason: error?.reason }).toEqual({
      outcome: "denied",
      requests: 0,
      reason: "NotDeclared",
    });
    expect(error?.hint).toContain("cascades: true");
  }
  const { outcome, cascades } = await runJob(job("Orphan"), cluster);
  expect({ outcome, cascades }).toEqual({ outcome: "succeeded", cascades: undefined });
});
