import { describe, expect, it } from "vitest";
import { readRequestInfo } from "../../../../runtime/embedded/verbs/request-info.ts";

function read(method: string, url: string) {
  const { pathname, searchParams } = new URL(url, "https://server");
  return readRequestInfo(method, pathname, searchParams);
}

const CORE = { about: "resource", group: "", version: "v1", namespace: "", name: "", subresource: "" };

describe("readRequestInfo", () => {
  it.each([
    ["GET", "/api/v1/pods", { ...CORE, verb: "list", resource: "pods" }],
    ["GET", "/api/v1/namespaces/team/pods", { ...CORE, verb: "list", resource: "pods", namespace: "team" }],
    ["GET", "/api/v1/namespaces/team/pods?watch=true", { verb: "watch", resource: "pods" }],
    ["GET", "/api/v1/namespaces/team/pods?watch=0", { verb: "list" }],
    ["GET", "/api/v1/namespaces/team/pods/a", { verb: "get", resource: "pods", name: "a", namespace: "team" }],
    ["GET", "/api/v1/namespaces/team/pods/a/log", { verb: "get", resource: "pods", name: "a", subresource: "log" }],
    [
      "GET",
      "/api/v1/nodes/n/proxy/metrics/cadvisor",
      { verb: "get", resource: "nodes", name: "n", subresource: "proxy" },
    ],
    ["GET", "/api/v1/namespaces", { verb: "list", resource: "namespaces", namespace: "" }],
    ["GET", "/api/v1/namespaces/team", { verb: "get", resource: "namespaces", name: "team", namespace: "team" }],
    ["PUT", "/api/v1/namespaces/team/finalize", { verb: "update", resource: "namespaces", subresource: "finalize" }],
    ["POST", "/apis/batch/v1/namespaces/team/jobs", { verb: "create", group: "batch", resource: "jobs" }],
    [
      "PATCH",
      "/apis/apps/v1/namespaces/team/deployments/d/scale",
      { verb: "patch", resource: "deployments", subresource: "scale" },
    ],
    ["DELETE", "/api/v1/namespaces/team/pods/a", { verb: "delete", name: "a" }],
    ["DELETE", "/api/v1/namespaces/team/pods", { verb: "deletecollection", name: "" }],
    ["GET", "/api/v1/pods?fieldSelector=metadata.name%3Da", { verb: "list", name: "a" }],
    ["GET", "/api", { about: "path", verb: "get", path: "/api" }],
    ["GET", "/apis/batch/v1", { about: "path" }],
    ["POST", "/version", { about: "path", verb: "post" }],
  ])("parses %s %s", (method, url, expected) => {
    expect(read(method, url)).toMatchObject(expected);
  });
});
