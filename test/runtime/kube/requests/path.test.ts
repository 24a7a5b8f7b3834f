import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type GroupVersionResource,
  pathSegment,
  queryOf,
  resourcePath,
} from "../../../../runtime/kube/requests/resource.ts";
import { requestTarget } from "../../../../runtime/kube/transport/transport.ts";

const PODS: GroupVersionResource = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
const ROLES: GroupVersionResource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "clusterroles",
  kind: "ClusterRole",
  namespaced: false,
};

test.each([
  [PODS, {}, "/api/v1/pods"],
  [PODS, { namespace: "shop" }, "/api/v1/namespaces/shop/pods"],
  [PODS, { namespace: "shop", name: "web", subresource: "log" }, "/api/v1/namespaces/shop/pods/web/log"],
  [ROLES, { namespace: "shop", name: "a" }, "/apis/rbac.authorization.k8s.io/v1/clusterroles/a"],
  [ROLES, { name: "system:node" }, "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node"],
])("resourcePath builds %j with %j [K3] [J3]", (gvr, parts, expected) => {
  expect(resourcePath(gvr, parts)).toBe(expected);
});

test.each(["", ".", "..", "a/b", "a%2fb", "..%2f", "a\\b", "a?b", "a#b", "a\nb", "a\0", "\ud800"])(
  "pathSegment refuses %j [J1] [J2]",
  (value) => {
    expect(() => pathSegment("name", value)).toThrow(RangeError);
  },
);

test("resourcePath throws or builds exactly its template for any names [J1]", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (namespace, name) => {
      let path: string;
      try {
        path = resourcePath(PODS, { namespace, name });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      const parts = path.split("/");
      expect(parts.slice(0, 4)).toEqual(["", "api", "v1", "namespaces"]);
      expect(parts).toHaveLength(7);
      expect([parts[4], parts[6]].map((part) => decodeURIComponent(part ?? ""))).toEqual([namespace, name]);
      // What a proxy on the way would make of it is the same.
      expect(new URL(path, "https://host").pathname.split("/")).toHaveLength(7);
    }),
  );
});

test("queryOf omits undefined, writes booleans and repeats arrays in order [J7]", () => {
  const query = queryOf({ a: undefined, b: true, c: 0, command: ["sh", "-c", "a&b"], d: "" });
  expect(requestTarget("", { path: "/p", query })).toBe("/p?b=true&c=0&command=sh&command=-c&command=a%26b&d=");
});

test("requestTarget keeps a prefix, and decodes to the same selectors [A11] [J5]", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (selector) => {
      const target = requestTarget("/k8s/clusters/c-1", { path: "/api/v1/pods", query: [["labelSelector", selector]] });
      const url = new URL(target, "https://host");
      expect(url.pathname).toBe("/k8s/clusters/c-1/api/v1/pods");
      expect(url.searchParams.get("labelSelector")).toBe(selector);
    }),
  );
});
