import type { CaseStep, ConformanceCase } from "../case.ts";
import { APPS, CORE, configMap, deployment, pod, status } from "./objects.ts";

const ONE = `${CORE}/configmaps/one`;
const CREATED: CaseStep = {
  send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("one", { labels: { app: "one" } }) },
  expect: { status: 201 },
  remember: { uid: "metadata.uid", version: "metadata.resourceVersion" },
};

function remove(path: string, options?: object) {
  return {
    method: "DELETE",
    path,
    ...(options ? { body: { apiVersion: "v1", kind: "DeleteOptions", ...options } } : {}),
  } as const;
}

const PAGED = `${CORE}/configmaps?labelSelector=paged`;

function createPaged(name: string): CaseStep {
  const body = configMap(name, { labels: { paged: "yes" } });
  return { send: { method: "POST", path: `${CORE}/configmaps`, body }, expect: { status: 201 } };
}

function named(names: readonly string[]) {
  return names.map((name) => ({ metadata: { name } }));
}

function pageOf(...names: readonly string[]) {
  return { status: 200, body: { kind: "ConfigMapList", items: named(names) } } as const;
}

function listedPaged(...names: readonly string[]): CaseStep {
  return { send: { method: "GET", path: PAGED }, expect: { status: 200, body: { items: named(names) } } };
}

export const deleteCases: readonly ConformanceCase[] = [
  {
    title: "delete answers a Status that names what is gone",
    steps: [
      CREATED,
      {
        send: remove(ONE),
        expect: {
          status: 200,
          body: { kind: "Status", status: "Success", details: { name: "one", kind: "configmaps", uid: "{uid}" } },
        },
      },
      { send: { method: "GET", path: ONE }, expect: { status: 404 } },
      { send: remove(ONE), expect: { status: 404, body: status(404, "NotFound", 'configmaps "one" not found') } },
    ],
  },
  {
    title: "delete is refused when the preconditions name another object",
    steps: [
      CREATED,
      {
        send: remove(ONE, { preconditions: { uid: "another" } }),
        expect: {
          status: 409,
          body: status(
            409,
            "Conflict",
            'Operation cannot be fulfilled on ConfigMap "one": the UID in the precondition (another) does not match the UID in record ({uid}). The object might have been deleted and then recreated',
            { name: "one", kind: "ConfigMap" },
          ),
        },
      },
      {
        send: remove(ONE, { preconditions: { uid: "{uid}", resourceVersion: "1" } }),
        expect: {
          status: 409,
          body: status(
            409,
            "Conflict",
            'Operation cannot be fulfilled on ConfigMap "one": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({version}). The object might have been modified',
          ),
        },
      },
      { send: remove(ONE, { preconditions: { uid: "{uid}", resourceVersion: "{version}" } }), expect: { status: 200 } },
    ],
  },
  {
    title: "delete names kind and group when the preconditions name another Deployment",
    steps: [
      { send: { method: "POST", path: `${APPS}/deployments`, body: deployment("web") }, expect: { status: 201 } },
      {
        send: remove(`${APPS}/deployments/web`, { preconditions: { uid: "another" } }),
        expect: { status: 409, body: { details: { name: "web", group: "apps", kind: "Deployment" } } },
      },
    ],
  },
  {
    title: "delete changes nothing when it is a dry run, in the query or in the body",
    steps: [
      CREATED,
      { send: remove(`${ONE}?dryRun=All`), expect: { status: 200, body: { kind: "Status", status: "Success" } } },
      { send: remove(ONE, { dryRun: ["All"] }), expect: { status: 200, body: { kind: "Status", status: "Success" } } },
      {
        send: { method: "GET", path: ONE },
        expect: { status: 200, body: { metadata: { resourceVersion: "{version}" } } },
      },
    ],
  },
  {
    title: "delete does not read the query when there is a body",
    steps: [
      CREATED,
      { send: remove(`${ONE}?dryRun=All`, { propagationPolicy: "Background" }), expect: { status: 200 } },
      { send: { method: "GET", path: ONE }, expect: { status: 404 } },
    ],
  },
  {
    title: "delete answers the pod and removes it at once when it is on no node",
    steps: [
      { send: { method: "POST", path: `${CORE}/pods`, body: pod("idle") }, expect: { status: 201 } },
      {
        send: remove(`${CORE}/pods/idle`),
        expect: { status: 200, body: { kind: "Pod", metadata: { name: "idle", deletionGracePeriodSeconds: 0 } } },
      },
      { send: { method: "GET", path: `${CORE}/pods/idle` }, expect: { status: 404 } },
    ],
  },
  {
    title: "delete only marks an object while a finalizer holds it",
    steps: [
      {
        send: {
          method: "POST",
          path: `${CORE}/configmaps`,
          body: { ...configMap("held"), metadata: { name: "held", finalizers: ["example.com/hold"] } },
        },
        expect: { status: 201 },
      },
      {
        send: remove(`${CORE}/configmaps/held`),
        expect: {
          status: 200,
          body: {
            kind: "ConfigMap",
            metadata: { name: "held", finalizers: ["example.com/hold"], deletionGracePeriodSeconds: 0 },
          },
        },
        remember: { marked: "metadata.deletionTimestamp" },
      },
      {
        send: { method: "GET", path: `${CORE}/configmaps/held` },
        expect: { status: 200, body: { metadata: { deletionTimestamp: "{marked}" } } },
      },
      {
        send: {
          method: "PATCH",
          path: `${CORE}/configmaps/held`,
          headers: { "content-type": "application/merge-patch+json" },
          body: { metadata: { finalizers: null } },
        },
        expect: { status: 200 },
      },
      { send: { method: "GET", path: `${CORE}/configmaps/held` }, expect: { status: 404 } },
    ],
  },
  {
    title: "deletecollection deletes what the selector matches and leaves the rest",
    steps: [
      CREATED,
      {
        send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("two", { labels: { app: "two" } }) },
        expect: { status: 201 },
      },
      {
        send: remove(`${CORE}/configmaps?labelSelector=app%3Done`),
        expect: { status: 200, body: { kind: "ConfigMapList", items: [{ metadata: { name: "one" } }] } },
      },
      { send: { method: "GET", path: ONE }, expect: { status: 404 } },
      { send: { method: "GET", path: `${CORE}/configmaps/two` }, expect: { status: 200 } },
    ],
  },
  {
    title: "deletecollection deletes one page of a list, and continues with the list of that moment",
    steps: [
      ...["a", "b", "c"].map(createPaged),
      { send: remove(`${PAGED}&limit=2`, { dryRun: ["All"] }), expect: pageOf("a", "b") },
      {
        send: remove(`${PAGED}&limit=2`, {}),
        expect: pageOf("a", "b"),
        remember: { token: "metadata.continue", version: "metadata.resourceVersion" },
      },
      listedPaged("c"),
      createPaged("d"),
      {
        send: remove(`${PAGED}&limit=2&continue={token}`, {}),
        expect: {
          status: 200,
          body: { metadata: { resourceVersion: "{version}", continue: undefined }, items: named(["c"]) },
        },
      },
      listedPaged("d"),
      {
        send: remove(`${PAGED}&limit=2&resourceVersion={version}&resourceVersionMatch=Exact`, {}),
        expect: pageOf("a", "b"),
      },
      listedPaged("d"),
    ],
  },
  {
    title: "deletecollection refuses an invalid limit, token or version",
    steps: [
      createPaged("a"),
      { send: remove(`${PAGED}&limit=many`, {}), expect: { status: 400 } },
      {
        send: remove(`${PAGED}&limit=1&continue=nonsense`, {}),
        expect: { status: 400, body: { reason: "BadRequest" } },
      },
      { send: remove(`${PAGED}&resourceVersionMatch=Exact`, {}), expect: { status: 422 } },
      { send: remove(`${PAGED}&resourceVersion=0&resourceVersionMatch=Exact`, {}), expect: { status: 422 } },
      listedPaged("a"),
    ],
  },
  {
    title: "delete reads preconditions from its query when it has no body",
    steps: [
      CREATED,
      { send: remove(`${ONE}?uid=another`), expect: { status: 409 } },
      { send: remove(`${ONE}?resourceVersion=1`), expect: { status: 409 } },
      { send: remove(`${ONE}?uid={uid}&resourceVersion={version}`), expect: { status: 200 } },
    ],
  },
];
