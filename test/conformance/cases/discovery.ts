import type { ConformanceCase } from "../case.ts";

export const discoveryCases: readonly ConformanceCase[] = [
  {
    title: "discovery answers the API's versions to anyone with a token",
    steps: [
      {
        send: { method: "GET", path: "/api", as: "nobody" },
        expect: { status: 200, body: { kind: "APIVersions", versions: ["v1"] } },
      },
      {
        send: { method: "GET", path: "/version", as: "nobody" },
        expect: { status: 200, body: { major: "1", minor: "37" } },
      },
      { send: { method: "GET", path: "/apis", as: "nobody" }, expect: { status: 200, body: { kind: "APIGroupList" } } },
      {
        send: { method: "GET", path: "/apis/batch", as: "nobody" },
        expect: {
          status: 200,
          body: { kind: "APIGroup", name: "batch", preferredVersion: { groupVersion: "batch/v1" } },
        },
      },
      {
        send: { method: "GET", path: "/apis/batch/v1", as: "nobody" },
        expect: { status: 200, body: { kind: "APIResourceList", groupVersion: "batch/v1" } },
      },
      { send: { method: "GET", path: "/apis/nowhere.example", as: "nobody" }, expect: { status: 404 } },
    ],
  },
  {
    title: "discovery is refused without a token, health is answered",
    steps: [
      {
        send: { method: "GET", path: "/api", as: "anonymous" },
        expect: { status: 403, body: { message: 'forbidden: User "system:anonymous" cannot get path "/api"' } },
      },
      { send: { method: "GET", path: "/healthz", as: "anonymous" }, expect: { status: 200, text: "ok" } },
      { send: { method: "GET", path: "/readyz", as: "anonymous" }, expect: { status: 200, text: "ok" } },
    ],
  },
  {
    title: "discovery answers every resource in one document when asked",
    steps: [
      {
        send: {
          method: "GET",
          path: "/api",
          headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json" },
        },
        expect: {
          status: 200,
          headers: { "content-type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" },
          body: { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2" },
        },
      },
    ],
  },
];
