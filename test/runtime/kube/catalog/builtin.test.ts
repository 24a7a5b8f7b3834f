import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { RESOURCE_VERBS } from "../../../../runtime/job/access.ts";
import {
  builtinCatalog,
  builtinResources,
  findBuiltinKind,
  keyMeantBy,
  VERB_LETTERS,
} from "../../../../runtime/kube/catalog/builtin.ts";
import { CATALOG_TEXT } from "../../../../runtime/kube/generated/catalog-data.ts";

describe("builtinCatalog", () => {
  it("find returns group, version, kind, scope, verbs and subresources of a plural", () => {
    expect(builtinCatalog.find("deployments")).toEqual({
      group: "apps",
      version: "v1",
      kind: "Deployment",
      resource: "deployments",
      namespaced: true,
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      subresources: { scale: ["get", "patch", "update"], status: ["get", "patch", "update"] },
      shortNames: ["deploy"],
    });
  });

  it("find returns the same resource with its group", () => {
    expect(builtinCatalog.find("deployments.apps")).toBe(builtinCatalog.find("deployments"));
  });

  it("find prefers the core group if two groups share a plural", () => {
    expect(builtinCatalog.find("events")?.group).toBe("");
    expect(builtinCatalog.find("events.events.k8s.io")?.group).toBe("events.k8s.io");
  });

  it("find returns the preferred version of a group", () => {
    expect(builtinCatalog.find("horizontalpodautoscalers")?.version).toBe("v2");
  });

  it.each(["po", "pod", "Pod", "pods.apps", "pods/log", "deployments.extensions", "", "constructor"])(
    "find returns undefined for %j",
    (key) => {
      expect(builtinCatalog.find(key)).toBeUndefined();
    },
  );

  it("find distinguishes cluster-scoped nodes from namespaced pods", () => {
    expect(builtinCatalog.find("nodes")?.namespaced).toBe(false);
    expect(builtinCatalog.find("pods")?.namespaced).toBe(true);
  });

  it("every key can be found", () => {
    expect(builtinCatalog.keys).toEqual(expect.arrayContaining(["pods", "roles", "roles.rbac.authorization.k8s.io"]));
    for (const key of builtinCatalog.keys) expect(builtinCatalog.find(key), key).toBeDefined();
  });

  it("every verb is a verb of RBAC", () => {
    expect(Object.values(VERB_LETTERS).sort()).toEqual([...RESOURCE_VERBS].sort());
    for (const { resource, verbs, subresources } of builtinResources()) {
      for (const verb of [verbs, ...Object.values(subresources)].flat())
        expect(RESOURCE_VERBS, resource).toContain(verb);
    }
  });
});

describe("builtinCatalog", () => {
  it("finds the same resource for every key as in the whole table", () => {
    const byKey = (key: string) =>
      builtinResources().find(({ group, resource }) => key === resource || key === `${resource}.${group}`);
    expect(builtinCatalog.keys.length).toBeGreaterThan(100);
    for (const key of builtinCatalog.keys) expect(builtinCatalog.find(key), key).toEqual(byKey(key));
  });

  it.each(["n", "c", "cdDglpuw", "po", "Pod", "status:gpu", ""])("finds nothing for %s", (key) => {
    expect(builtinCatalog.find(key)).toBeUndefined();
  });
});

describe("findBuiltinKind", () => {
  it.each([
    ["v1", "Pod", "pods"],
    ["apps/v1", "Deployment", "deployments"],
    ["rbac.authorization.k8s.io/v1", "Role", "roles"],
    ["events.k8s.io/v1", "Event", "events"],
  ])("finds the resource of %s %s", (apiVersion, kind, resource) => {
    expect(findBuiltinKind(apiVersion, kind)?.resource).toBe(resource);
  });

  it.each([
    ["apps/v1beta1", "Deployment"],
    ["v1", "Deployment"],
    ["example.org/v1", "Pod"],
  ])("finds nothing for %s %s", (apiVersion, kind) => {
    expect(findBuiltinKind(apiVersion, kind)).toBeUndefined();
  });
});

describe("keyMeantBy", () => {
  it.each([
    ["po", "pods"],
    ["deployment", "deployments"],
    ["Ingress", "ingresses"],
    ["CRD", "customresourcedefinitions"],
  ])("returns the plural for %s", (word, key) => {
    expect(keyMeantBy(word)).toBe(key);
  });

  it("returns undefined for an unknown word", () => {
    expect(keyMeantBy("widget")).toBeUndefined();
  });
});

describe("CATALOG_TEXT", () => {
  it("stays small when compressed, because every pod's bundle contains it", () => {
    const bytes = brotliCompressSync(CATALOG_TEXT).length;
    expect(bytes).toBeLessThan(1_500);
  });
});
