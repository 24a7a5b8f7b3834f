import type { CaseRequest, CaseStep, ConformanceCase } from "../case.ts";
import { CORE, configMap, RBAC, status } from "./objects.ts";

const CONFIG_MAPS = `${CORE}/configmaps`;
const ONE = `${CONFIG_MAPS}/one`;
const MERGE = { "content-type": "application/merge-patch+json" };
const APPLY = { "content-type": "application/apply-patch+yaml" };
const CREATED: CaseStep = {
  send: { method: "POST", path: CONFIG_MAPS, body: configMap("one", { labels: { app: "one" } }) },
  expect: { status: 201 },
};

function patch(metadata: object, query = ""): CaseRequest {
  return { method: "PATCH", path: `${ONE}${query}`, headers: MERGE, body: { metadata } };
}

function apply(manager: string, metadata: object, more: object = {}): CaseRequest {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", ...metadata }, ...more };
  return { method: "PATCH", path: `${ONE}?fieldManager=${manager}`, headers: APPLY, body };
}

export const metadataCases: readonly ConformanceCase[] = [
  {
    title: "an empty map is omitted when its last entry is removed",
    steps: [
      CREATED,
      { send: patch({ labels: { app: null } }), expect: { status: 200, body: { metadata: { labels: undefined } } } },
      {
        send: { method: "PATCH", path: ONE, headers: MERGE, body: { data: { key: null } } },
        expect: { status: 200, body: { data: undefined } },
      },
    ],
  },
  {
    title: "nobody can set when an object was created or will be deleted",
    steps: [
      {
        send: {
          method: "POST",
          path: CONFIG_MAPS,
          body: {
            ...configMap("one"),
            metadata: {
              name: "one",
              uid: "mine",
              creationTimestamp: "2020-01-01T00:00:00Z",
              deletionTimestamp: "2020-01-01T00:00:00Z",
            },
          },
        },
        expect: { status: 201, body: { metadata: { deletionTimestamp: undefined } } },
        remember: { uid: "metadata.uid", made: "metadata.creationTimestamp" },
      },
      {
        send: patch({ deletionTimestamp: "2020-01-01T00:00:00Z" }),
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ConfigMap "one" is invalid: metadata.deletionTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable',
          ),
        },
      },
      {
        send: patch({ creationTimestamp: null }),
        expect: { status: 200, body: { metadata: { uid: "{uid}", creationTimestamp: "{made}" } } },
      },
    ],
  },
  {
    title: "finalizers are a set whose values belong to the manager who applied them",
    steps: [
      { send: apply("a", { finalizers: ["example.com/a"] }), expect: { status: 201 } },
      {
        send: apply("b", { finalizers: ["example.com/b"] }),
        expect: { status: 200, body: { metadata: { finalizers: ["example.com/a", "example.com/b"] } } },
      },
      {
        send: apply("a", {}, { data: { key: "a" } }),
        expect: { status: 200, body: { metadata: { finalizers: ["example.com/b"] } } },
      },
      { send: apply("b", {}), expect: { status: 200, body: { metadata: { finalizers: undefined } } } },
    ],
  },
  {
    title:
      "an apply is refused when it holds managedFields or the uid of another object, and creates whatever version it names",
    steps: [
      { send: apply("a", { resourceVersion: "1" }, { data: { key: "a" } }), expect: { status: 201 } },
      {
        send: apply("a", { managedFields: [] }),
        expect: { status: 400, body: status(400, "BadRequest", "metadata.managedFields must be nil") },
      },
      {
        send: apply("a", { uid: "another" }),
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ConfigMap "one" is invalid: metadata.uid: Invalid value: "another": field is immutable',
          ),
        },
      },
      {
        send: apply("a", { resourceVersion: "1" }, { data: { key: "b" } }),
        expect: { status: 409, body: { reason: "Conflict" } },
      },
    ],
  },
  {
    title: "a write is refused when its query has an invalid option",
    steps: [
      CREATED,
      {
        send: patch({}, "?force=true"),
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
          ),
        },
      },
      {
        send: { method: "POST", path: `${CONFIG_MAPS}?fieldValidation=Sometimes`, body: configMap("two") },
        expect: {
          status: 422,
          body: {
            reason: "Invalid",
            details: {
              kind: "CreateOptions",
              causes: [{ reason: "FieldValueNotSupported", field: "fieldValidation" }],
            },
          },
        },
      },
      {
        send: { method: "GET", path: `${ONE}?resourceVersion=999999999` },
        expect: { status: 504, body: { reason: "Timeout" } },
      },
      {
        send: { method: "DELETE", path: `${ONE}?gracePeriodSeconds=abc` },
        expect: { status: 400, body: { message: 'strconv.ParseInt: parsing "abc": invalid syntax' } },
      },
      {
        send: { method: "DELETE", path: ONE, body: { gracePeriodSeconds: "abc" } },
        expect: {
          status: 400,
          body: {
            message:
              "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
          },
        },
      },
      {
        send: { method: "DELETE", path: ONE, body: { kind: "Nonsense", apiVersion: "v1" } },
        expect: {
          status: 400,
          body: { message: 'no kind "Nonsense" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"' },
        },
      },
      {
        send: { method: "DELETE", path: ONE, body: { propagationPolicy: "Foreground", dryRun: ["All"] } },
        expect: { status: 200, body: { kind: "ConfigMap", metadata: { finalizers: ["foregroundDeletion"] } } },
      },
      { send: { method: "GET", path: ONE }, expect: { status: 200, body: { metadata: { finalizers: undefined } } } },
    ],
  },
  {
    title: "role names can contain colons, but nothing that breaks a path",
    steps: [
      {
        send: {
          method: "POST",
          path: `${RBAC}/roles`,
          body: {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "Role",
            metadata: { name: "team:read" },
            rules: [],
          },
        },
        expect: { status: 201 },
      },
      {
        send: { method: "GET", path: `${RBAC}/roles/team:read` },
        expect: { status: 200, body: { metadata: { name: "team:read" } } },
      },
      {
        send: { method: "GET", path: `${RBAC}/roles/team%3Aread` },
        expect: { status: 200, body: { metadata: { name: "team:read" } } },
      },
      {
        send: {
          method: "POST",
          path: `${RBAC}/roles`,
          body: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "a/b" }, rules: [] },
        },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            `Role.rbac.authorization.k8s.io "a/b" is invalid: metadata.name: Invalid value: "a/b": may not contain '/'`,
          ),
        },
      },
    ],
  },
];
