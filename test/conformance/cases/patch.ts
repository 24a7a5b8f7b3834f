import type { CaseStep, ConformanceCase } from "../case.ts";
import { APPS, CORE, configMap, deployment, status } from "./objects.ts";

const ONE = `${CORE}/configmaps/one`;
const CREATED: CaseStep = {
  send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("one", { data: { a: "1", b: "2" } }) },
  expect: { status: 201 },
  remember: { first: "metadata.resourceVersion" },
};

function patch(type: string, body: unknown, path = ONE) {
  return { method: "PATCH", path, headers: { "content-type": type }, body } as const;
}

function apply(manager: string, data: object, more = "") {
  return patch("application/apply-patch+yaml", configMap("one", { data }), `${ONE}?fieldManager=${manager}${more}`);
}

const MERGE = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";

export const patchCases: readonly ConformanceCase[] = [
  {
    title: "a merge patch sets and removes fields",
    steps: [
      CREATED,
      {
        send: patch(MERGE, { data: { a: null, c: "3" } }),
        expect: { status: 200, body: { data: { a: undefined, b: "2", c: "3" } } },
      },
    ],
  },
  {
    title: "a patch is refused when it has an older version of the object",
    steps: [
      CREATED,
      { send: patch(MERGE, { data: { c: "3" } }), expect: { status: 200 } },
      {
        send: patch(MERGE, { metadata: { resourceVersion: "{first}" }, data: { d: "4" } }),
        expect: {
          status: 409,
          body: status(
            409,
            "Conflict",
            'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
          ),
        },
      },
    ],
  },
  {
    title: "a patch is refused when it is of an unknown kind, or of no object",
    steps: [
      CREATED,
      {
        send: patch("application/json", { data: {} }),
        expect: { status: 415, body: { reason: "UnsupportedMediaType", code: 415 } },
      },
      { send: patch(MERGE, {}, `${CORE}/configmaps/absent`), expect: { status: 404, body: { reason: "NotFound" } } },
    ],
  },
  {
    title: "a patch changes nothing when it is a dry run",
    steps: [
      CREATED,
      {
        send: patch(MERGE, { data: { a: "9" } }, `${ONE}?dryRun=All`),
        expect: { status: 200, body: { data: { a: "9" } } },
      },
      {
        send: { method: "GET", path: ONE },
        expect: { status: 200, body: { data: { a: "1" }, metadata: { resourceVersion: "{first}" } } },
      },
    ],
  },
  {
    title: "a JSON patch applies its operations, and fails as a whole when a test fails",
    steps: [
      CREATED,
      {
        send: patch(JSON_PATCH, [
          { op: "replace", path: "/data/a", value: "8" },
          { op: "remove", path: "/data/b" },
          { op: "add", path: "/data/c", value: "9" },
        ]),
        expect: { status: 200, body: { data: { a: "8", b: undefined, c: "9" } } },
      },
      {
        send: patch(JSON_PATCH, [
          { op: "replace", path: "/data/a", value: "0" },
          { op: "test", path: "/data/c", value: "no" },
        ]),
        expect: { status: 422, body: { reason: "Invalid", code: 422 } },
      },
      { send: { method: "GET", path: ONE }, expect: { status: 200, body: { data: { a: "8" } } } },
    ],
  },
  {
    title: "a strategic merge patch merges lists by keys and increments the generation",
    steps: [
      {
        send: { method: "POST", path: `${APPS}/deployments`, body: deployment("web") },
        expect: { status: 201, body: { metadata: { generation: 1 } } },
      },
      {
        send: patch(
          STRATEGIC,
          { spec: { template: { spec: { containers: [{ name: "main", env: [{ name: "SECOND", value: "2" }] }] } } } },
          `${APPS}/deployments/web`,
        ),
        expect: {
          status: 200,
          body: {
            metadata: { generation: 2 },
            spec: {
              template: {
                spec: {
                  containers: [
                    {
                      name: "main",
                      image: "nowhere",
                      env: [
                        { name: "SECOND", value: "2" },
                        { name: "FIRST", value: "1" },
                      ],
                    },
                  ],
                },
              },
            },
          },
        },
      },
      {
        send: patch(
          STRATEGIC,
          {
            spec: {
              template: { spec: { containers: [{ name: "main", env: [{ name: "FIRST", $patch: "delete" }] }] } },
            },
          },
          `${APPS}/deployments/web`,
        ),
        expect: {
          status: 200,
          body: { spec: { template: { spec: { containers: [{ env: [{ name: "SECOND" }] }] } } } },
        },
      },
    ],
  },
  {
    title: "an apply creates, owns its fields, and removes what it no longer has",
    steps: [
      { send: apply("one", { a: "1", b: "2" }), expect: { status: 201, body: { data: { a: "1", b: "2" } } } },
      {
        send: apply("one", { a: "1", b: "2" }),
        expect: {
          status: 200,
          body: {
            metadata: {
              managedFields: [
                {
                  manager: "one",
                  operation: "Apply",
                  apiVersion: "v1",
                  fieldsType: "FieldsV1",
                  fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
                },
              ],
            },
          },
        },
      },
      { send: apply("one", { a: "3" }), expect: { status: 200, body: { data: { a: "3", b: undefined } } } },
    ],
  },
  {
    title: "an apply is refused with the owners of conflicting fields, unless it is forced",
    steps: [
      { send: apply("one", { a: "1", b: "2" }), expect: { status: 201 } },
      {
        send: apply("two", { a: "9" }),
        expect: {
          status: 409,
          body: status(409, "Conflict", 'Apply failed with 1 conflict: conflict with "one": .data.a', {
            causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.a" }],
          }),
        },
      },
      {
        send: apply("two", { a: "9", b: "8" }),
        expect: {
          status: 409,
          body: { message: 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b' },
        },
      },
      { send: apply("two", { a: "1" }), expect: { status: 200 } },
      { send: apply("two", { a: "9" }, "&force=true"), expect: { status: 200, body: { data: { a: "9", b: "2" } } } },
      // Released by its new owner, so it has no owner left.
      { send: apply("two", {}), expect: { status: 200, body: { data: { a: undefined, b: "2" } } } },
    ],
  },
  {
    title: "an apply is refused without a field manager",
    steps: [
      {
        send: patch("application/apply-patch+yaml", configMap("one")),
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
          ),
        },
      },
    ],
  },
];
