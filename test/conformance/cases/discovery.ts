import type { ConformanceCase } from "../case.ts";

export const discoveryCases: readonly ConformanceCase[] = [
  {
    title: "the versions of the API are told to whoever has a token",
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
    title: "the versions of the API are not told to whoever has no token, its health is",
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
    title: "discovery answers every resource at once when that is asked for",
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
