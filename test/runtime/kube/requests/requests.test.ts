import { expect, test } from "vitest";
import { copyOptions } from "../../../../runtime/kube/api/call.ts";
import { getRequest, listRequest } from "../../../../runtime/kube/requests/reads.ts";
import { type GroupVersionResource, resolveTarget } from "../../../../runtime/kube/requests/resource.ts";
import { createRequest, updateRequest } from "../../../../runtime/kube/requests/writes.ts";
import { DELETE, type DeleteOptions } from "../../../../runtime/kube/surface/call-options.ts";

const PODS: GroupVersionResource = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
const SHOP = { namespace: "shop" };

test("getRequest refuses an empty name, which would be a list [J2]", () => {
  expect(() => getRequest(PODS, SHOP, "")).toThrow("expected a name");
});

test("getRequest refuses a single object in all namespaces [J2]", () => {
  expect(() => getRequest(PODS, "all", "web")).toThrow("expected one namespace");
});

test("createRequest refuses all namespaces unless the object has one [J2]", () => {
  const options = { fieldManager: "errand" };
  expect(() => createRequest(PODS, "all", { metadata: { name: "web" } }, options)).toThrow("expected one namespace");
  const placed = createRequest(PODS, "all", { metadata: { name: "web", namespace: "shop" } }, options);
  expect(placed.path).toBe("/api/v1/namespaces/shop/pods");
});

test("getRequest refuses an empty namespace [J2]", () => {
  expect(() => getRequest(PODS, { namespace: "" }, "web")).toThrow("expected a namespace");
});

test.each([
  [{ resourceVersionMatch: "Exact" }, "needs a resourceVersion"],
  [{ resourceVersionMatch: "NotOlderThan" }, "needs a resourceVersion"],
  [{ resourceVersionMatch: "Exact", resourceVersion: "0" }, "cannot be used with"],
] as const)("listRequest refuses %j before it is sent [F7]", (options, message) => {
  expect(() => listRequest(PODS, SHOP, options)).toThrow(message);
});

test("listRequest omits the version when it continues [F3] [F7]", () => {
  const request = listRequest(PODS, SHOP, { resourceVersion: "5", resourceVersionMatch: "Exact", limit: 10 }, "token");
  expect(request.query).toEqual([
    ["limit", "10"],
    ["continue", "token"],
  ]);
});

test("listRequest requests metadata with a fallback [G1]", () => {
  expect(listRequest(PODS, SHOP, { metadataOnly: true }).headers.accept).toBe(
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
  );
});

test("listRequest names the single object of a field selector, like RBAC", () => {
  expect(listRequest(PODS, SHOP, { fieldSelector: "metadata.name=web" }).attributes?.name).toBe("web");
  expect(listRequest(PODS, SHOP, { fieldSelector: "metadata.name!=web" }).attributes?.name).toBeUndefined();
  expect(listRequest(PODS, SHOP, { fieldSelector: "metadata.name=a,spec.x=b" }).attributes?.name).toBeUndefined();
});

test("listRequest is marked as reading all namespaces", () => {
  expect(listRequest(PODS, "all").attributes).toMatchObject({ allNamespaces: true });
  expect(listRequest(PODS, SHOP).attributes).not.toHaveProperty("allNamespaces");
});

test.each([
  [{ kind: "Secret" }, "expected an object of kind Pod"],
  [{ apiVersion: "apps/v1" }, "expected an object of v1"],
  [{ metadata: { namespace: "other" } }, 'is in namespace "other"'],
])("createRequest refuses %j", (object, message) => {
  expect(() => createRequest(PODS, SHOP, object, { fieldManager: "errand" })).toThrow(message);
});

test("createRequest uses the object's namespace if the call has all", () => {
  const request = createRequest(PODS, "all", { metadata: { namespace: "other" } }, { fieldManager: "errand" });
  expect(request.path).toBe("/api/v1/namespaces/other/pods");
});

test("resolveTarget refuses an object without a name [J2]", () => {
  expect(() => resolveTarget({ metadata: {} }, SHOP, PODS)).toThrow("expected a name or an object with metadata.name");
});

test("resolveTarget prefers an object's namespace over the call's", () => {
  const target = resolveTarget({ metadata: { name: "web", namespace: "other", uid: "u" } }, "all", PODS);
  expect(target).toEqual({ name: "web", place: { namespace: "other" }, preconditions: { uid: "u" } });
});

test.each([undefined, null, 5, {}, ""])("getRequest throws before anything is sent for the name %j [J2]", (name) => {
  expect(() => getRequest(PODS, SHOP, name as string)).toThrow("get pods: expected a name");
});

test.each([undefined, null, 5, {}])("resolveTarget throws before anything is sent for the target %j [J2]", (target) => {
  expect(() => resolveTarget(target as string, SHOP, PODS)).toThrow(
    "pods: expected a name or an object with metadata.name",
  );
});

test.each([null, "", "0", "00", 7])(
  "an object with the resourceVersion %j has no effective precondition, and is not written or deleted as the one that was read [I8] [P1]",
  (resourceVersion) => {
    const object = { metadata: { name: "web", uid: "u", resourceVersion: resourceVersion as string } };
    expect(() => resolveTarget(object, SHOP, PODS)).toThrow(RangeError);
    expect(() => updateRequest(PODS, SHOP, object, { fieldManager: "errand" })).toThrow(RangeError);
    const given = { resourceVersion } as { resourceVersion: string };
    expect(() => copyOptions("delete", DELETE, { preconditions: given })).toThrow(RangeError);
  },
);

test.each([{}, { uid: "" }, { uid: null }, { UID: "u" }, { uid: "u", version: "7" }, [], "u"])(
  "preconditions of %j, which the server would ignore, are refused [I9]",
  (preconditions) => {
    expect(() =>
      copyOptions("delete", DELETE, { preconditions: preconditions as DeleteOptions["preconditions"] & object }),
    ).toThrow(RangeError);
  },
);
