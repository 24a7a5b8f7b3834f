import type { CaseStep, ConformanceCase } from "../case.ts";
import { CORE, configMap, pod, status } from "./objects.ts";

function createPods(...names: readonly string[]): CaseStep[] {
  return names.map((name) => ({
    send: { method: "POST", path: `${CORE}/pods`, body: pod(name, { app: name, kind: "test" }) },
    expect: { status: 201 },
  }));
}

function listed(query: string, ...names: readonly string[]): CaseStep {
  return {
    send: { method: "GET", path: `${CORE}/pods?${query}` },
    expect: { status: 200, body: { kind: "PodList", items: names.map((name) => ({ metadata: { name } })) } },
  };
}

function refused(query: string, message: string, resource = "pods"): CaseStep {
  return {
    send: { method: "GET", path: `${CORE}/${resource}?${query}` },
    expect: { status: 400, body: status(400, "BadRequest", message) },
  };
}

export const listCases: readonly ConformanceCase[] = [
  {
    title: "list answers in the order of names and leaves kind and version to the list",
    steps: [
      ...createPods("b", "c", "a"),
      {
        send: { method: "GET", path: `${CORE}/pods` },
        expect: {
          status: 200,
          body: {
            kind: "PodList",
            apiVersion: "v1",
            items: ["a", "b", "c"].map((name) => ({ kind: undefined, apiVersion: undefined, metadata: { name } })),
          },
        },
      },
    ],
  },
  {
    title: "list answers pages from the moment of the first when a limit is given",
    steps: [
      ...createPods("a", "b", "c"),
      {
        send: { method: "GET", path: `${CORE}/pods?limit=2` },
        expect: {
          status: 200,
          body: {
            metadata: { remainingItemCount: 1 },
            items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }],
          },
        },
        remember: { token: "metadata.continue", version: "metadata.resourceVersion" },
      },
      ...createPods("d"),
      {
        send: { method: "GET", path: `${CORE}/pods?limit=2&continue={token}` },
        expect: {
          status: 200,
          body: {
            metadata: { resourceVersion: "{version}", continue: undefined, remainingItemCount: undefined },
            items: [{ metadata: { name: "c" } }],
          },
        },
      },
    ],
  },
  {
    title: "list does not count the rest when it selects by labels",
    steps: [
      ...createPods("a", "b"),
      {
        send: { method: "GET", path: `${CORE}/pods?limit=1&labelSelector=kind%3Dtest` },
        expect: {
          status: 200,
          body: { metadata: { remainingItemCount: undefined }, items: [{ metadata: { name: "a" } }] },
        },
      },
    ],
  },
  {
    title: "list refuses an invalid continue token",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/pods?limit=1&continue=nonsense` },
        expect: { status: 400, body: { reason: "BadRequest" } },
      },
    ],
  },
  {
    title: "list selects by labels as each operator says",
    steps: [
      ...createPods("a", "b", "c"),
      listed("labelSelector=app%3Da", "a"),
      listed("labelSelector=app%3D%3Da", "a"),
      listed("labelSelector=app!%3Da", "b", "c"),
      listed("labelSelector=app%20in%20(a,%20c)", "a", "c"),
      listed("labelSelector=app%20notin%20(a,c)", "b"),
      listed("labelSelector=app,kind%3Dtest", "a", "b", "c"),
      listed("labelSelector=!app"),
      listed("labelSelector=absent"),
    ],
  },
  {
    title: "list selects by fields that its resource can be selected by",
    steps: [
      ...createPods("a", "b"),
      listed("fieldSelector=metadata.name%3Da", "a"),
      listed("fieldSelector=metadata.name!%3Da", "b"),
      listed("fieldSelector=status.phase%3DPending", "a", "b"),
      listed("fieldSelector=status.phase%3DRunning"),
      listed("fieldSelector=status.phase!%3DRunning,metadata.name%3Db", "b"),
      listed("fieldSelector=spec.nodeName%3D", "a", "b"),
      listed("fieldSelector=spec.schedulerName%3Dnone", "a", "b"),
    ],
  },
  {
    title: "list refuses a selector that is invalid or selects by an unsupported field",
    steps: [
      refused("labelSelector=a%3Db%3Dc", "found '=', expected: ',' or 'end of string'"),
      refused("labelSelector=a%20in%20b", "unable to parse requirement: found 'b' expected: '('"),
      refused("fieldSelector=spec.image%3Dx", "field label not supported: spec.image"),
      refused(
        "fieldSelector=data.key%3Dx",
        '"data.key" is not a known field selector: only "metadata.name", "metadata.namespace"',
        "configmaps",
      ),
      refused("fieldSelector=nonsense", "invalid selector: 'nonsense'; can't understand 'nonsense'"),
    ],
  },
  {
    title: "list answers only metadata when PartialObjectMetadataList is requested",
    steps: [
      { send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("one") }, expect: { status: 201 } },
      {
        send: {
          method: "GET",
          path: `${CORE}/configmaps?fieldSelector=metadata.name%3Done`,
          headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" },
        },
        expect: {
          status: 200,
          body: {
            kind: "PartialObjectMetadataList",
            apiVersion: "meta.k8s.io/v1",
            items: [{ metadata: { name: "one" }, data: undefined }],
          },
        },
      },
    ],
  },
];
