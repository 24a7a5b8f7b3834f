import type { TypeSource } from "../../../deploy/types/write-types.ts";
import type { ServedGroup, ServedResource } from "../../../runtime/kube/catalog/served.ts";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { PathOptions } from "../../../runtime/kube/surface/call-options.ts";

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

const POD = { group: "", version: "v1", kind: "Pod" };

const SERVED: readonly ServedGroup[] = [
  groupOf("", [
    {
      ...{ ...POD, resource: "pods", namespaced: true, verbs: VERBS, shortNames: ["po"] },
      subresources: [
        { ...POD, name: "log", verbs: ["get"] },
        { ...POD, name: "exec", kind: "PodExecOptions", verbs: ["get", "create"] },
        { name: "eviction", group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
      ],
    },
  ]),
  groupOf("policy", []),
  groupOf("events.k8s.io", [
    {
      ...{ ...POD, group: "events.k8s.io", resource: "pods", namespaced: false, verbs: ["get"], shortNames: [] },
      subresources: [],
    },
  ]),
];

/** A group in one version. */
export function groupOf(group: string, resources: readonly ServedResource[]): ServedGroup {
  return { group, versions: [{ version: "v1", isAway: false, resources }] };
}

const ANSWERS: Readonly<Record<string, unknown>> = {
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

/** A server that gives these documents. */
export function documentsOf(answers: Readonly<Record<string, unknown>>): TypeSource["readJson"] {
  return async <T>(path: string, { query = {} }: PathOptions = {}) => {
    const text = new URLSearchParams(query as Record<string, string>).toString();
    const address = text === "" ? path : `${path}?${text}`;
    if (!(address in answers)) throw new Error(`GET ${address}: 404`);
    return answers[address] as T;
  };
}

/** A server of three groups: a plural that two of them have, a subresource whose objects are another group's, and one without a schema. */
export const SMALL_SERVER: TypeSource = { served: async () => SERVED, readJson: documentsOf(ANSWERS) };

/** The same as a client, which also knows that the server brings two of the groups along by itself. */
export const SMALL_CLIENT = {
  ...SMALL_SERVER,
  kube: {
    apiservices: {
      list: () => ({ toArray: async () => ["v1.", "v1.policy"].map((name) => ({ metadata: { name } })) }),
    },
  },
} as unknown as KubeClient;
