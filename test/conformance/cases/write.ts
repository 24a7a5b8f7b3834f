import type { ConformanceCase } from "../case.ts";
import { APPS, CORE, configMap, deployment, RBAC, status } from "./objects.ts";

const BATCH = "/apis/batch/v1/namespaces/{ns}";
const MERGE = { "content-type": "application/merge-patch+json" };
const CONFIG_MAPS = `${CORE}/configmaps`;

export const writeCases: readonly ConformanceCase[] = [
  {
    title: "create gives the object its identity",
    steps: [
      {
        send: { method: "POST", path: CONFIG_MAPS, body: configMap("one") },
        expect: { status: 201, body: { kind: "ConfigMap", metadata: { name: "one", namespace: "{ns}" } } },
        remember: { uid: "metadata.uid", version: "metadata.resourceVersion", created: "metadata.creationTimestamp" },
      },
      {
        send: { method: "GET", path: `${CONFIG_MAPS}/one` },
        expect: {
          status: 200,
          body: { metadata: { uid: "{uid}", resourceVersion: "{version}", creationTimestamp: "{created}" } },
        },
      },
    ],
  },
  {
    title: "create answers AlreadyExists when the name is taken",
    steps: [
      { send: { method: "POST", path: CONFIG_MAPS, body: configMap("one") }, expect: { status: 201 } },
      {
        send: { method: "POST", path: CONFIG_MAPS, body: configMap("one") },
        expect: {
          status: 409,
          body: status(409, "AlreadyExists", 'configmaps "one" already exists', { name: "one", kind: "configmaps" }),
        },
      },
      {
        send: { method: "POST", path: `${CONFIG_MAPS}?dryRun=All`, body: configMap("one") },
        expect: { status: 409, body: { reason: "AlreadyExists" } },
      },
    ],
  },
  {
    title: "create answers what it would create, and creates nothing, in a dry run",
    steps: [
      {
        send: { method: "POST", path: `${CONFIG_MAPS}?dryRun=All`, body: configMap("one") },
        expect: { status: 201, body: { metadata: { name: "one", namespace: "{ns}", resourceVersion: undefined } } },
      },
      { send: { method: "GET", path: `${CONFIG_MAPS}/one` }, expect: { status: 404 } },
      {
        send: { method: "POST", path: `${CONFIG_MAPS}?dryRun=some`, body: configMap("one") },
        expect: {
          status: 422,
          body: {
            reason: "Invalid",
            details: { group: "meta.k8s.io", kind: "CreateOptions", causes: [{ field: "dryRun" }] },
          },
        },
      },
    ],
  },
  {
    title: "create refuses an object when its name, namespace or version is wrong",
    steps: [
      {
        send: { method: "POST", path: CONFIG_MAPS, body: { apiVersion: "v1", kind: "ConfigMap" } },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
            {
              kind: "ConfigMap",
              causes: [
                {
                  reason: "FieldValueRequired",
                  message: "Required value: name or generateName is required",
                  field: "metadata.name",
                },
              ],
            },
          ),
        },
      },
      {
        send: { method: "POST", path: CONFIG_MAPS, body: configMap("Not_A_Name") },
        expect: {
          status: 422,
          body: { reason: "Invalid", details: { causes: [{ reason: "FieldValueInvalid", field: "metadata.name" }] } },
        },
      },
      {
        send: {
          method: "POST",
          path: CONFIG_MAPS,
          body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace: "elsewhere" } },
        },
        expect: {
          status: 400,
          body: status(
            400,
            "BadRequest",
            "the namespace of the provided object does not match the namespace sent on the request",
          ),
        },
      },
      {
        send: { method: "POST", path: CONFIG_MAPS, body: { ...configMap("one"), kind: "Secret" } },
        expect: { status: 400, body: { reason: "BadRequest" } },
      },
      {
        send: {
          method: "POST",
          path: CONFIG_MAPS,
          body: { ...configMap("one"), metadata: { name: "one", resourceVersion: "1" } },
        },
        expect: { status: 500, body: { message: "resourceVersion should not be set on objects to be created" } },
      },
    ],
  },
  {
    title: "create answers NotFound when the namespace is missing",
    steps: [
      {
        send: { method: "POST", path: "/api/v1/namespaces/{ns}-missing/configmaps", body: configMap("one") },
        expect: {
          status: 404,
          body: status(404, "NotFound", 'namespaces "{ns}-missing" not found', {
            name: "{ns}-missing",
            kind: "namespaces",
          }),
        },
      },
    ],
  },
  {
    title: "update refuses an older version or another object",
    steps: [
      {
        send: { method: "POST", path: CONFIG_MAPS, body: configMap("one") },
        expect: { status: 201 },
        remember: { first: "metadata.resourceVersion" },
      },
      {
        send: { method: "PUT", path: `${CONFIG_MAPS}/one`, body: configMap("one", { data: { key: "changed" } }) },
        expect: { status: 200, body: { data: { key: "changed" } } },
      },
      {
        send: {
          method: "PUT",
          path: `${CONFIG_MAPS}/one`,
          body: { ...configMap("one"), metadata: { name: "one", resourceVersion: "{first}" } },
        },
        expect: {
          status: 409,
          body: status(
            409,
            "Conflict",
            'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
            { name: "one", kind: "configmaps" },
          ),
        },
      },
      {
        send: { method: "PUT", path: `${CONFIG_MAPS}/one`, body: configMap("two") },
        expect: {
          status: 400,
          body: { message: "the name of the object (two) does not match the name on the URL (one)" },
        },
      },
      { send: { method: "PUT", path: `${CONFIG_MAPS}/two`, body: configMap("two") }, expect: { status: 404 } },
    ],
  },
  {
    title: "update keeps the version when nothing changes",
    steps: [
      {
        send: { method: "POST", path: CONFIG_MAPS, body: configMap("one") },
        expect: { status: 201 },
        remember: { first: "metadata.resourceVersion" },
      },
      {
        send: { method: "PUT", path: `${CONFIG_MAPS}/one`, body: configMap("one") },
        expect: { status: 200, body: { metadata: { resourceVersion: "{first}" } } },
      },
    ],
  },
  {
    title: "update refuses a change of an immutable object and of a binding's role",
    steps: [
      {
        send: { method: "POST", path: CONFIG_MAPS, body: configMap("one", { immutable: true }) },
        expect: { status: 201 },
      },
      {
        send: {
          method: "PUT",
          path: `${CONFIG_MAPS}/one`,
          body: configMap("one", { immutable: true, data: { key: "changed" } }),
        },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ConfigMap "one" is invalid: data: Forbidden: field is immutable when `immutable` is set',
          ),
        },
      },
      {
        send: {
          method: "PATCH",
          path: `${RBAC}/rolebindings/reader`,
          headers: { "content-type": "application/merge-patch+json" },
          body: { roleRef: { name: "other" } },
        },
        expect: { status: 422, body: { reason: "Invalid", details: { causes: [{ field: "roleRef" }] } } },
      },
    ],
  },
  {
    title: "update refuses a change of a Secret's type, a Deployment's selector, and a Job's template",
    steps: [
      {
        send: {
          method: "POST",
          path: `${CORE}/secrets`,
          body: { apiVersion: "v1", kind: "Secret", metadata: { name: "typed" }, data: {} },
        },
        expect: { status: 201 },
      },
      {
        send: { method: "PATCH", path: `${CORE}/secrets/typed`, headers: MERGE, body: { type: "example.test/other" } },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'Secret "typed" is invalid: type: Invalid value: "example.test/other": field is immutable',
          ),
        },
      },
      {
        send: { method: "PATCH", path: `${CORE}/secrets/typed`, headers: MERGE, body: { data: { a: "Yg==" } } },
        expect: { status: 200 },
      },
      {
        send: { method: "POST", path: `${APPS}/deployments`, body: deployment("fixed") },
        expect: { status: 201 },
      },
      {
        send: {
          method: "PATCH",
          path: `${APPS}/deployments/fixed`,
          headers: MERGE,
          body: {
            spec: { selector: { matchLabels: { app: "other" } }, template: { metadata: { labels: { app: "other" } } } },
          },
        },
        expect: { status: 422, body: { reason: "Invalid", details: { causes: [{ field: "spec.selector" }] } } },
      },
      {
        send: {
          method: "POST",
          path: `${BATCH}/jobs`,
          body: {
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "fixed" },
            spec: {
              parallelism: 0,
              template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "nowhere" }] } },
            },
          },
        },
        expect: { status: 201 },
      },
      {
        send: {
          method: "PATCH",
          path: `${BATCH}/jobs/fixed`,
          headers: MERGE,
          body: { spec: { template: { spec: { restartPolicy: "OnFailure" } } } },
        },
        expect: { status: 422, body: { reason: "Invalid", details: { causes: [{ field: "spec.template" }] } } },
      },
    ],
  },
];
