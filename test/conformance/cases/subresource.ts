import type { CaseStep, ConformanceCase } from "../case.ts";
import { APPS, CORE, deployment, pod, status } from "./objects.ts";

const WEB = `${APPS}/deployments/web`;
const DEPLOYED: CaseStep = {
  send: { method: "POST", path: `${APPS}/deployments`, body: deployment("web") },
  expect: { status: 201 },
};
const MERGE = { "content-type": "application/merge-patch+json" };

function eviction(name: string, more: object = {}) {
  return { apiVersion: "policy/v1", kind: "Eviction", metadata: { name }, ...more };
}

function tokenRequest(spec: object) {
  return { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
}

export const subresourceCases: readonly ConformanceCase[] = [
  {
    title: "the scale of a workload is read and changed through its subresource",
    steps: [
      DEPLOYED,
      {
        send: { method: "GET", path: `${WEB}/scale` },
        expect: {
          status: 200,
          body: {
            kind: "Scale",
            apiVersion: "autoscaling/v1",
            metadata: { name: "web", namespace: "{ns}" },
            status: { replicas: 0, selector: "app=web" },
          },
        },
      },
      {
        send: { method: "PATCH", path: `${WEB}/scale?dryRun=All`, headers: MERGE, body: { spec: { replicas: 2 } } },
        expect: { status: 200, body: { kind: "Scale", spec: { replicas: 2 } } },
      },
      {
        send: {
          method: "PUT",
          path: `${WEB}/scale?dryRun=All`,
          body: { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: 3 } },
        },
        expect: { status: 200, body: { spec: { replicas: 3 } } },
      },
      { send: { method: "GET", path: WEB }, expect: { status: 200, body: { spec: { replicas: 0 } } } },
      {
        send: { method: "GET", path: `${APPS}/deployments/absent/scale` },
        expect: { status: 404, body: status(404, "NotFound", 'deployments.apps "absent" not found') },
      },
    ],
  },
  {
    title: "the status changes only through its subresource, which changes nothing else",
    steps: [
      DEPLOYED,
      {
        send: {
          method: "PATCH",
          path: `${WEB}/status`,
          headers: MERGE,
          body: { spec: { replicas: 5 }, status: { conditions: [{ type: "Example", status: "True" }] } },
        },
        expect: { status: 200, body: { metadata: { generation: 1 }, spec: { replicas: 0 } } },
      },
      {
        send: {
          method: "PATCH",
          path: WEB,
          headers: MERGE,
          body: { spec: { minReadySeconds: 1 }, status: { replicas: 9 } },
        },
        expect: {
          status: 200,
          body: { metadata: { generation: 2 }, spec: { minReadySeconds: 1 }, status: { replicas: undefined } },
        },
      },
    ],
  },
  {
    title: "an eviction deletes the pod, unless it is a dry run or meant for another",
    steps: [
      {
        send: { method: "POST", path: `${CORE}/pods`, body: pod("it") },
        expect: { status: 201 },
        remember: { uid: "metadata.uid" },
      },
      {
        send: { method: "POST", path: `${CORE}/pods/it/eviction?dryRun=All`, body: eviction("it") },
        expect: { status: 201, body: { kind: "Status", status: "Success", code: 201 } },
      },
      {
        send: {
          method: "POST",
          path: `${CORE}/pods/it/eviction`,
          body: eviction("it", { deleteOptions: { preconditions: { uid: "another" } } }),
        },
        expect: {
          status: 409,
          body: status(
            409,
            "Conflict",
            'Operation cannot be fulfilled on Pod "it": the UID in the precondition (another) does not match the UID in record ({uid}). The object might have been deleted and then recreated',
          ),
        },
      },
      { send: { method: "POST", path: `${CORE}/pods/it/eviction`, body: eviction("it") }, expect: { status: 201 } },
      { send: { method: "GET", path: `${CORE}/pods/it` }, expect: { status: 404 } },
      { send: { method: "POST", path: `${CORE}/pods/it/eviction`, body: eviction("it") }, expect: { status: 404 } },
    ],
  },
  {
    title: "a token is issued for an existing service account, for ten minutes or more",
    steps: [
      {
        send: {
          method: "POST",
          path: `${CORE}/serviceaccounts/nobody/token`,
          body: tokenRequest({ expirationSeconds: 600 }),
        },
        expect: {
          status: 201,
          body: { kind: "TokenRequest", metadata: { name: "nobody" }, spec: { expirationSeconds: 600 } },
        },
      },
      {
        send: { method: "POST", path: `${CORE}/serviceaccounts/absent/token`, body: tokenRequest({}) },
        expect: { status: 404, body: status(404, "NotFound", 'serviceaccounts "absent" not found') },
      },
      {
        send: {
          method: "POST",
          path: `${CORE}/serviceaccounts/nobody/token`,
          body: tokenRequest({ expirationSeconds: 5 }),
        },
        expect: {
          status: 422,
          body: status(
            422,
            "Invalid",
            'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
          ),
        },
      },
    ],
  },
  {
    title: "an unknown subresource and the log of a missing pod are not found",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/pods/it/nothing` },
        expect: { status: 404, body: { message: "the server could not find the requested resource" } },
      },
      {
        send: { method: "GET", path: `${CORE}/pods/absent/log` },
        expect: { status: 404, body: status(404, "NotFound", 'pods "absent" not found') },
      },
    ],
  },
];
