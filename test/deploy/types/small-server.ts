import type { GetJson } from "../../../deploy/types/discovery.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";

const CORE = {
  "io.k8s.api.core.v1.Pod": {
    type: "object",
    description: "A pod.",
    properties: {
      apiVersion: { type: "string", description: "Which version it is of." },
      kind: { type: "string" },
      metadata: { default: {}, allOf: [ref(META)] },
      spec: { default: {}, allOf: [ref("io.k8s.api.core.v1.PodSpec")] },
    },
    "x-kubernetes-group-version-kind": [{ group: "", version: "v1", kind: "Pod" }],
  },
  "io.k8s.api.core.v1.PodSpec": {
    type: "object",
    required: ["names"],
    properties: {
      names: { type: "array", items: { type: "string" } },
      overhead: { type: "object", additionalProperties: ref(QUANTITY) },
    },
  },
  "io.k8s.api.core.v1.PodList": { type: "object", properties: {} },
  [META]: { type: "object", properties: { name: { type: "string" } } },
  [QUANTITY]: { oneOf: [{ type: "string" }, { type: "number" }] },
};

const POLICY = {
  "io.k8s.api.policy.v1.Eviction": {
    type: "object",
    properties: { metadata: { allOf: [ref(META)] } },
    "x-kubernetes-group-version-kind": [{ group: "policy", version: "v1", kind: "Eviction" }],
  },
};

const EVENTS = {
  "io.k8s.api.events.v1.Pod": {
    type: "object",
    properties: { template: { allOf: [ref("io.k8s.api.core.v1.PodSpec")] } },
    "x-kubernetes-group-version-kind": [{ group: "events.k8s.io", version: "v1", kind: "Pod" }],
  },
};

const ANSWERS: Readonly<Record<string, unknown>> = {
  "/apis": {
    groups: [
      { name: "policy", preferredVersion: { version: "v1" } },
      { name: "events.k8s.io", preferredVersion: { version: "v1" } },
    ],
  },
  "/apis/apiregistration.k8s.io/v1/apiservices?labelSelector=kube-aggregator.kubernetes.io%2Fautomanaged%3Donstart": {
    items: [{ metadata: { name: "v1." } }, { metadata: { name: "v1.policy" } }],
  },
  "/api/v1": {
    resources: [
      { name: "pods/log", kind: "Pod", namespaced: true, verbs: ["get"] },
      { name: "pods/exec", kind: "PodExecOptions", namespaced: true, verbs: ["get", "create"] },
      { name: "pods/eviction", kind: "Eviction", group: "policy", version: "v1", namespaced: true, verbs: ["create"] },
      { name: "pods", kind: "Pod", namespaced: true, verbs: VERBS, shortNames: ["po"] },
    ],
  },
  "/apis/policy/v1": { resources: [] },
  "/apis/events.k8s.io/v1": { resources: [{ name: "pods", kind: "Pod", namespaced: false, verbs: ["get"] }] },
  "/openapi/v3": {
    paths: {
      "api/v1": { serverRelativeURL: "/openapi/v3/api/v1?hash=1" },
      "apis/policy/v1": { serverRelativeURL: "/openapi/v3/apis/policy/v1?hash=2" },
      "apis/events.k8s.io/v1": { serverRelativeURL: "/openapi/v3/apis/events.k8s.io/v1?hash=3" },
    },
  },
  "/openapi/v3/api/v1?hash=1": { components: { schemas: CORE } },
  "/openapi/v3/apis/policy/v1?hash=2": { components: { schemas: POLICY } },
  "/openapi/v3/apis/events.k8s.io/v1?hash=3": { components: { schemas: EVENTS } },
};

/** A server of three groups: a plural that two of them have, a subresource whose objects are another group's, and one without a schema. */
export const getFromSmallServer: GetJson = async (path) => {
  if (!(path in ANSWERS)) throw new Error(`GET ${path}: 404`);
  return ANSWERS[path];
};
