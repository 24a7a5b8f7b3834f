import type { CaseRequest, ConformanceCase } from "../case.ts";
import { CORE, configMap, status } from "./objects.ts";

const CONFIG_MAPS = `${CORE}/configmaps`;
const ONE = `${CONFIG_MAPS}/one`;
const CREATED = {
  send: { method: "POST", path: CONFIG_MAPS, body: configMap("one") },
  expect: { status: 201 },
} as const;
const NO_SUCH_METHOD = status(
  405,
  "MethodNotAllowed",
  "the server does not allow this method on the requested resource",
  {},
);

function merge(body: unknown): CaseRequest {
  return { method: "PATCH", path: ONE, headers: { "content-type": "application/merge-patch+json" }, body };
}

function applied(body: unknown): CaseRequest {
  return {
    method: "PATCH",
    path: `${ONE}?fieldManager=test`,
    headers: { "content-type": "application/apply-patch+yaml" },
    body,
  };
}

function refused(send: CaseRequest, message: string) {
  return { send, expect: { status: 400, body: status(400, "BadRequest", message) } };
}

export const wrongRequestCases: readonly ConformanceCase[] = [
  {
    title: "a body that is not JSON, or of another kind or version, is refused",
    steps: [
      CREATED,
      {
        send: { method: "POST", path: CONFIG_MAPS, body: "{nonsense" },
        expect: { status: 400, body: { reason: "BadRequest" } },
      },
      refused(merge("{nonsense"), "invalid JSON patch"),
      refused(
        { method: "POST", path: CONFIG_MAPS, body: { ...configMap("two"), apiVersion: "v2" } },
        'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
      ),
      {
        send: { method: "POST", path: CONFIG_MAPS, headers: { "content-type": "text/plain" }, body: "a: b" },
        expect: { status: 415, body: { reason: "UnsupportedMediaType" } },
      },
    ],
  },
  {
    title: "a patch is refused when it is of the wrong shape",
    steps: [
      CREATED,
      refused(
        merge([]),
        "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
      ),
      refused(
        { ...merge({}), headers: { "content-type": "application/json-patch+json" } },
        "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
      ),
      {
        send: { ...merge([{ op: "sing", path: "/data" }]), headers: { "content-type": "application/json-patch+json" } },
        expect: {
          status: 422,
          body: status(422, "Invalid", "the server rejected our request due to an error in our request", {}),
        },
      },
      {
        send: { ...merge({}), headers: { "content-type": "application/json" } },
        expect: { status: 415, body: status(415, "UnsupportedMediaType", "415: Unsupported Media Type", {}) },
      },
    ],
  },
  {
    title: "a patch is refused when it would change the object's identity",
    steps: [
      CREATED,
      refused(
        merge({ metadata: { name: "other" } }),
        "the name of the object (other) does not match the name on the URL (one)",
      ),
      refused(
        merge({ metadata: { namespace: "other" } }),
        "the namespace of the provided object does not match the namespace sent on the request",
      ),
      {
        send: merge({ metadata: { uid: "other" } }),
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ConfigMap "one" is invalid: metadata.uid: Invalid value: "other": field is immutable',
          ),
        },
      },
      refused(applied(configMap("other")), "the name of the object (other) does not match the name on the URL (one)"),
      refused(applied({ kind: "ConfigMap", metadata: { name: "one" } }), "invalid object type: /, Kind=ConfigMap"),
    ],
  },
  {
    title: "an apply takes YAML as well",
    steps: [
      {
        send: applied(
          "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  text: |\n    two\n    lines\n",
        ),
        expect: { status: 201, body: { data: { text: "two\nlines\n" } } },
      },
    ],
  },
  {
    title: "an update is refused when it has no name, another namespace or another uid",
    steps: [
      {
        ...CREATED,
        remember: { uid: "metadata.uid" },
      },
      refused(
        { method: "PUT", path: ONE, body: { apiVersion: "v1", kind: "ConfigMap" } },
        "the name of the object (one based on URL) was undeterminable: name must be provided",
      ),
      refused(
        { method: "PUT", path: ONE, body: { ...configMap("one"), metadata: { name: "one", namespace: "other" } } },
        "the namespace of the provided object does not match the namespace sent on the request",
      ),
      {
        send: { method: "PUT", path: ONE, body: { ...configMap("one"), metadata: { name: "one", uid: "other" } } },
        expect: {
          status: 409,
          body: status(
            409,
            "Conflict",
            'Operation cannot be fulfilled on configmaps "one": StorageError: invalid object, Code: 4, Key: /registry/configmaps/{ns}/one, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: {uid}',
          ),
        },
      },
    ],
  },
  {
    title: "a delete is refused when its options are wrong",
    steps: [
      CREATED,
      {
        send: { method: "DELETE", path: ONE, body: { propagationPolicy: "Sometimes" } },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sometimes": supported values: "Foreground", "Background", "Orphan", "nil"',
          ),
        },
      },
      {
        send: { method: "DELETE", path: ONE, body: { dryRun: ["some"] } },
        expect: {
          status: 422,
          body: { reason: "Invalid", details: { kind: "DeleteOptions", causes: [{ field: "dryRun" }] } },
        },
      },
      { send: { method: "GET", path: ONE }, expect: { status: 200 } },
    ],
  },
  {
    title: "a method that a path does not take is refused",
    steps: [
      { send: { method: "POST", path: ONE, body: configMap("one") }, expect: { status: 405, body: NO_SUCH_METHOD } },
      {
        send: { method: "PUT", path: CONFIG_MAPS, body: configMap("one") },
        expect: { status: 405, body: NO_SUCH_METHOD },
      },
      {
        send: { method: "GET", path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" },
        expect: { status: 405, body: NO_SUCH_METHOD },
      },
    ],
  },
  {
    title: "a list is refused when a number, token or version is invalid",
    steps: [
      refused({ method: "GET", path: `${CONFIG_MAPS}?limit=x` }, 'strconv.ParseInt: parsing "x": invalid syntax'),
      refused(
        { method: "GET", path: `${CONFIG_MAPS}?continue=eyJ2IjoieCIsInJ2IjoxLCJzdGFydCI6ImEifQ` },
        "invalid continue token: continue key is not valid: server does not recognize this encoded version x",
      ),
      refused(
        { method: "GET", path: `${CONFIG_MAPS}?resourceVersion=abc` },
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      ),
      {
        send: { method: "GET", path: `${CONFIG_MAPS}?resourceVersion=999999999` },
        expect: {
          status: 504,
          body: {
            reason: "Timeout",
            details: { causes: [{ reason: "ResourceVersionTooLarge" }], retryAfterSeconds: 1 },
          },
          headers: { "retry-after": "1" },
        },
      },
      {
        send: { method: "GET", path: `${CONFIG_MAPS}?resourceVersionMatch=Exact` },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
          ),
        },
      },
      {
        send: {
          method: "GET",
          path: CONFIG_MAPS,
          headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
        },
        expect: {
          status: 406,
          body: {
            reason: "NotAcceptable",
            message: "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
          },
        },
      },
    ],
  },
  {
    title: "a group is not impersonated without a user",
    steps: [
      {
        send: { method: "GET", path: ONE, headers: { "impersonate-group": "some" } },
        expect: { status: 400, body: { reason: "BadRequest" } },
      },
    ],
  },
  {
    title: "a body larger than the server takes is refused",
    steps: [
      {
        send: {
          method: "POST",
          path: CONFIG_MAPS,
          body: configMap("large", { data: { text: "x".repeat(3 * 1024 * 1024) } }),
        },
        expect: { status: 413, body: { reason: "RequestEntityTooLarge", code: 413 } },
      },
    ],
  },
];
