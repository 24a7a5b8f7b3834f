import type { CaseStep, ConformanceCase } from "../case.ts";
import { CORE, configMap, status } from "./objects.ts";

const CONFIG_MAPS = `${CORE}/configmaps`;
const ONE = "fieldSelector=metadata.name%3Done";

/** Watches for one second, which is the shortest that there is. */
function watched(query: string, ...lines: readonly unknown[]): CaseStep {
  return {
    send: { method: "GET", path: `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&${query}` },
    expect: { status: 200, headers: { "content-type": "application/json" }, lines },
  };
}

const CREATED: CaseStep = {
  send: { method: "POST", path: CONFIG_MAPS, body: configMap("one", { labels: { app: "a" } }) },
  expect: { status: 201 },
  remember: { created: "metadata.resourceVersion" },
};

function patched(body: object): CaseStep {
  const headers = { "content-type": "application/merge-patch+json" };
  return { send: { method: "PATCH", path: `${CONFIG_MAPS}/one`, headers, body }, expect: { status: 200 } };
}

const DELETED: CaseStep = { send: { method: "DELETE", path: `${CONFIG_MAPS}/one` }, expect: { status: 200 } };

export const watchCases: readonly ConformanceCase[] = [
  {
    title: "a watch begins with the existing objects when it names no version",
    steps: [
      CREATED,
      watched(ONE, { type: "ADDED", object: { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "one" } } }),
    ],
  },
  {
    title: "a watch sends each change after the version that it names",
    steps: [
      CREATED,
      patched({ data: { key: "changed" } }),
      DELETED,
      watched(
        `${ONE}&resourceVersion={created}`,
        { type: "MODIFIED", object: { metadata: { name: "one" }, data: { key: "changed" } } },
        { type: "DELETED", object: { metadata: { name: "one" }, data: { key: "changed" } } },
      ),
    ],
  },
  {
    title: "a watch sees an object as deleted when it leaves the selection, and as added when it enters",
    steps: [
      CREATED,
      patched({ metadata: { labels: { app: "b" } } }),
      patched({ metadata: { labels: { app: "a" } } }),
      watched(
        "labelSelector=app%3Da&resourceVersion={created}",
        { type: "DELETED", object: { metadata: { name: "one", labels: { app: "a" } } } },
        { type: "ADDED", object: { metadata: { name: "one", labels: { app: "a" } } } },
      ),
    ],
  },
  {
    title: "a watch sends only metadata when that is requested",
    steps: [
      CREATED,
      {
        send: {
          method: "GET",
          path: `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&${ONE}`,
          headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
        },
        expect: {
          status: 200,
          lines: [
            {
              type: "ADDED",
              object: {
                kind: "PartialObjectMetadata",
                apiVersion: "meta.k8s.io/v1",
                metadata: { name: "one" },
                data: undefined,
              },
            },
          ],
        },
      },
    ],
  },
  {
    title: "a watch marks the end of the initial events when it asks for them",
    steps: [
      CREATED,
      watched(
        `${ONE}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        { type: "ADDED", object: { metadata: { name: "one" } } },
        {
          type: "BOOKMARK",
          object: {
            kind: "ConfigMap",
            apiVersion: "v1",
            metadata: { annotations: { "k8s.io/initial-events-end": "true" } },
          },
        },
      ),
    ],
  },
  {
    title: "a watch is refused when its options exclude each other or its version is not a number",
    steps: [
      {
        send: { method: "GET", path: `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&sendInitialEvents=true` },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
          ),
        },
      },
      {
        send: { method: "GET", path: `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&resourceVersion=abc` },
        expect: {
          status: 500,
          body: { message: 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax' },
        },
      },
    ],
  },
];
