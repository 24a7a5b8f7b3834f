import type { ResourceCatalog, ResourceInfo } from "../../../runtime/job/access.ts";

const ALL = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

const pods: ResourceInfo = {
  group: "",
  version: "v1",
  kind: "Pod",
  resource: "pods",
  namespaced: true,
  verbs: ALL,
  subresources: { log: ["get"], eviction: ["create"] },
};

const deployments: ResourceInfo = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  resource: "deployments",
  namespaced: true,
  verbs: ALL,
  subresources: { scale: ["get", "patch", "update"] },
};

const byKey = new Map([
  ["pods", pods],
  ["deployments", deployments],
  ["deployments.apps", deployments],
]);

/** Two built-in resources, enough to test what reads a catalog without depending on what the real one holds. */
export const smallCatalog: ResourceCatalog = { find: (key) => byKey.get(key), keys: [...byKey.keys()] };
