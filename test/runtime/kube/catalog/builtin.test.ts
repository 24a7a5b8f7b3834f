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
  it("find gives group, version, kind, scope, verbs and subresources when a plural is known", () => {
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

  it("find gives the same resource when the group is written", () => {
    expect(builtinCatalog.find("deployments.apps")).toBe(builtinCatalog.find("deployments"));
  });

  it("find takes the core group when two groups have the plural", () => {
    expect(builtinCatalog.find("events")?.group).toBe("");
    expect(builtinCatalog.find("events.events.k8s.io")?.group).toBe("events.k8s.io");
  });

  it("find takes the preferred version when a group has several", () => {
    expect(builtinCatalog.find("horizontalpodautoscalers")?.version).toBe("v2");
  });

  it.each(["po", "pod", "Pod", "pods.apps", "pods/log", "deployments.extensions", "", "constructor"])(
    "find knows nothing when the key is %j",
    (key) => {
      expect(builtinCatalog.find(key)).toBeUndefined();
    },
  );

  it("find tells cluster scope from namespace scope when asked for nodes and pods", () => {
    expect(builtinCatalog.find("nodes")?.namespaced).toBe(false);
    expect(builtinCatalog.find("pods")?.namespaced).toBe(true);
  });

  it("keys are all found when looked up", () => {
    expect(builtinCatalog.keys).toEqual(expect.arrayContaining(["pods", "roles", "roles.rbac.authorization.k8s.io"]));
    for (const key of builtinCatalog.keys) expect(builtinCatalog.find(key), key).toBeDefined();
  });

  it("find knows every verb of a resource as a verb of RBAC when access is resolved", () => {
    expect(Object.values(VERB_LETTERS).sort()).toEqual([...RESOURCE_VERBS].sort());
    for (const { resource, verbs, subresources } of builtinResources()) {
      for (const verb of [verbs, ...Object.values(subresources)].flat())
        expect(RESOURCE_VERBS, resource).toContain(verb);
    }
  });
});

describe("builtinCatalog", () => {
  it("finds the same resource by its key as the whole table has, for every key", () => {
    const byKey = (key: string) =>
      builtinResources().find(({ group, resource }) => key === resource || key === `${resource}.${group}`);
    expect(builtinCatalog.keys.length).toBeGreaterThan(100);
    for (const key of builtinCatalog.keys) expect(builtinCatalog.find(key), key).toEqual(byKey(key));
  });

  it.each(["n", "c", "cdDglpuw", "po", "Pod", "status:gpu", ""])("finds nothing when the key is %s", (key) => {
    expect(builtinCatalog.find(key)).toBeUndefined();
  });
});

describe("findBuiltinKind", () => {
  it.each([
    ["v1", "Pod", "pods"],
    ["apps/v1", "Deployment", "deployments"],
    ["rbac.authorization.k8s.io/v1", "Role", "roles"],
    ["events.k8s.io/v1", "Event", "events"],
  ])("finds the resource when an object says %s %s", (apiVersion, kind, resource) => {
    expect(findBuiltinKind(apiVersion, kind)?.resource).toBe(resource);
  });

  it.each([
    ["apps/v1beta1", "Deployment"],
    ["v1", "Deployment"],
    ["example.org/v1", "Pod"],
  ])("finds nothing when an object says %s %s", (apiVersion, kind) => {
    expect(findBuiltinKind(apiVersion, kind)).toBeUndefined();
  });
});

describe("keyMeantBy", () => {
  it.each([
    ["po", "pods"],
    ["deployment", "deployments"],
    ["Ingress", "ingresses"],
    ["CRD", "customresourcedefinitions"],
  ])("names the plural when somebody wrote %s", (word, key) => {
    expect(keyMeantBy(word)).toBe(key);
  });

  it("names nothing when no resource answers to the word", () => {
    expect(keyMeantBy("widget")).toBeUndefined();
  });
});

describe("CATALOG_TEXT", () => {
  it("stays small when it is compressed, since every pod's bundle carries it", () => {
    const bytes = brotliCompressSync(CATALOG_TEXT).length;
    expect(bytes).toBeLessThan(1_500);
  });
});
