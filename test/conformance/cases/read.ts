import type { ConformanceCase } from "../case.ts";
import { APPS, CORE, configMap, status } from "./objects.ts";

export const readCases: readonly ConformanceCase[] = [
  {
    title: "get answers NotFound with the resource's name when there is no such object",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/pods/absent` },
        expect: {
          status: 404,
          body: status(404, "NotFound", 'pods "absent" not found', { name: "absent", kind: "pods" }),
        },
      },
      {
        send: { method: "GET", path: `${APPS}/deployments/absent` },
        expect: {
          status: 404,
          body: status(404, "NotFound", 'deployments.apps "absent" not found', {
            name: "absent",
            group: "apps",
            kind: "deployments",
          }),
        },
      },
    ],
  },
  {
    title: "get answers the object with its identity",
    steps: [
      { send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("one") }, expect: { status: 201 } },
      {
        send: { method: "GET", path: `${CORE}/configmaps/one` },
        expect: {
          status: 200,
          headers: { "content-type": "application/json" },
          body: {
            kind: "ConfigMap",
            apiVersion: "v1",
            metadata: { name: "one", namespace: "{ns}" },
            data: { key: "value" },
          },
        },
      },
    ],
  },
  {
    title: "get answers only metadata when PartialObjectMetadata is requested",
    steps: [
      { send: { method: "POST", path: `${CORE}/configmaps`, body: configMap("one") }, expect: { status: 201 } },
      {
        send: {
          method: "GET",
          path: `${CORE}/configmaps/one`,
          headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
        },
        expect: {
          status: 200,
          body: {
            kind: "PartialObjectMetadata",
            apiVersion: "meta.k8s.io/v1",
            metadata: { name: "one" },
            data: undefined,
          },
        },
      },
    ],
  },
  {
    title: "a request is answered NotFound when its resource or group does not exist",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/nothings` },
        expect: {
          status: 404,
          body: status(404, "NotFound", "the server could not find the requested resource", {}),
        },
      },
      {
        send: { method: "GET", path: "/apis/nowhere.example/v1/namespaces/{ns}/things" },
        expect: { status: 404, text: "404 page not found\n" },
      },
    ],
  },
  {
    title: "a request is NotAcceptable when it accepts nothing that the server can send",
    steps: [
      {
        send: { method: "GET", path: `${CORE}/configmaps`, headers: { accept: "text/html" } },
        expect: { status: 406, body: { reason: "NotAcceptable", code: 406 } },
      },
    ],
  },
  {
    title: "a request is answered MethodNotAllowed when the resource has no such verb",
    steps: [
      {
        send: { method: "DELETE", path: "/api/v1/namespaces" },
        expect: {
          status: 405,
          body: status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {}),
        },
      },
    ],
  },
];
