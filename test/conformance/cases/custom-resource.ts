import type { ConformanceCase } from "../case.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** A group of the case's own: definitions belong to the whole cluster. */
const GROUP = "{ns}.example.com";
const WIDGETS = `/apis/${GROUP}/v1/namespaces/{ns}/widgets`;

const NAMES = { kind: "Widget", listKind: "WidgetList", plural: "widgets", singular: "widget", shortNames: ["wg"] };
const SCHEMA = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: NAMES,
    versions: [
      { name: "v1", served: true, storage: true, schema: SCHEMA, subresources: { status: {} } },
      { name: "v0", served: false, storage: false, schema: SCHEMA },
    ],
  },
};

export const customResourceCases: readonly ConformanceCase[] = [
  {
    title: "a custom resource is served while its definition exists",
    steps: [
      { send: { method: "GET", path: WIDGETS }, expect: { status: 404, text: "404 page not found\n" } },
      { send: { method: "POST", path: DEFINITIONS, body: DEFINITION }, expect: { status: 201 } },
      {
        send: { method: "GET", path: `${DEFINITIONS}/widgets.${GROUP}` },
        expect: {
          status: 200,
          body: {
            status: {
              conditions: [
                { type: "NamesAccepted", status: "True", reason: "NoConflicts" },
                { type: "Established", status: "True", reason: "InitialNamesAccepted" },
              ],
              acceptedNames: NAMES,
              storedVersions: ["v1"],
            },
          },
        },
      },
      {
        send: { method: "GET", path: `/apis/${GROUP}/v1` },
        expect: {
          status: 200,
          body: {
            kind: "APIResourceList",
            groupVersion: `${GROUP}/v1`,
            resources: [
              { name: "widgets", kind: "Widget", namespaced: true, shortNames: ["wg"] },
              { name: "widgets/status", kind: "Widget", namespaced: true },
            ],
          },
        },
      },
      { send: { method: "GET", path: WIDGETS }, expect: { status: 200, body: { kind: "WidgetList", items: [] } } },
      {
        send: {
          method: "POST",
          path: WIDGETS,
          body: {
            apiVersion: `${GROUP}/v1`,
            kind: "Widget",
            metadata: { name: "one" },
            spec: { size: 1 },
            status: { ready: true },
          },
        },
        expect: { status: 201, body: { spec: { size: 1 }, status: undefined, metadata: { generation: 1 } } },
      },
      {
        send: {
          method: "PATCH",
          path: `${WIDGETS}/one/status`,
          headers: { "content-type": "application/merge-patch+json" },
          body: { spec: { size: 2 }, status: { ready: true } },
        },
        expect: { status: 200, body: { spec: { size: 1 }, status: { ready: true }, metadata: { generation: 1 } } },
      },
      { send: { method: "DELETE", path: `${DEFINITIONS}/widgets.${GROUP}` }, expect: { status: 200 } },
      { send: { method: "GET", path: `${WIDGETS}/one` }, expect: { status: 404 } },
    ],
  },
];
