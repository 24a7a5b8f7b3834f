import { describe, expect, it } from "vitest";
import { compareRights, differenceOf } from "../../../../deploy/diagnose/access/compare-rights.ts";
import { type Right, resourceWord, rightsOf, sortVerbs } from "../../../../deploy/manifests/right.ts";

function rights(namespace: string | undefined, group: string, resource: string, ...verbs: string[]): Right[] {
  return rightsOf(namespace, [{ apiGroups: [group], resources: [resource], verbs }]);
}

describe("rightsOf", () => {
  it("writes out every verb on every resource of every group", () => {
    const rules = [{ apiGroups: ["", "apps"], resources: ["a", "b"], verbs: ["get"], resourceNames: ["x"] }];
    expect(rightsOf("ops", rules).map(({ group, resource }) => `${group}/${resource}`)).toEqual([
      "/a",
      "/b",
      "apps/a",
      "apps/b",
    ]);
    expect(rightsOf("ops", rules)[0]).toEqual({
      namespace: "ops",
      group: "",
      resource: "a",
      verb: "get",
      names: ["x"],
    });
  });

  it("returns nothing for a rule without resources", () => {
    expect(rightsOf(undefined, [{ verbs: ["get"] }])).toEqual([]);
  });
});

describe("resourceWord", () => {
  it.each([
    ["", "pods/log", "pods/log"],
    ["apps", "deployments", "deployments.apps"],
    ["cert-manager.io", "certificates/status", "certificates.cert-manager.io/status"],
  ])("writes %j %s as access does", (group, resource, word) => expect(resourceWord({ group, resource })).toBe(word));
});

describe("sortVerbs", () => {
  it("puts reading first, each verb once, and unknown ones last", () => {
    expect(sortVerbs(["impersonate", "delete", "list", "get", "list"])).toEqual([
      "get",
      "list",
      "delete",
      "impersonate",
    ]);
  });
});

describe("compareRights", () => {
  it("finds no difference when everything is as declared", () => {
    const declared = rights("ops", "", "pods", "list", "delete");
    const used = { delete: { pods: 12, "jobs.batch": 1 } };
    const [row, ...others] = compareRights({ declared, granted: declared, allowed: declared, used });
    expect(others).toEqual([]);
    expect(row).toEqual({
      ...{ resource: "pods", namespace: "ops", used: { delete: 12 } },
      ...{ declared: ["list", "delete"], granted: ["list", "delete"], allowed: ["list", "delete"] },
    });
    expect(row && differenceOf(row)).toBeUndefined();
  });

  it("lists missing and additional rights by place", () => {
    const rows = compareRights({
      declared: [...rights("ops", "", "pods", "list", "delete"), ...rights(undefined, "", "nodes", "get")],
      granted: rights("ops", "", "pods", "list"),
      allowed: [...rights("ops", "", "pods", "list"), ...rights("ops", "", "secrets", "get")],
      used: {},
    });
    expect(rows.map((row) => [row.namespace, row.resource, differenceOf(row)])).toEqual([
      [undefined, "nodes", "lacks get"],
      ["ops", "pods", "lacks delete"],
      ["ops", "secrets", "more than declared: get"],
    ]);
  });

  it("compares with the Role when the person may not ask what is allowed", () => {
    const declared = rights("ops", "", "pods", "list", "delete");
    const [row] = compareRights({
      declared,
      granted: rights("ops", "", "pods", "list", "get"),
      allowed: undefined,
      used: {},
    });
    expect(row?.allowed).toBeNull();
    expect(row && differenceOf(row)).toBe("lacks delete; more than declared: get");
  });

  it("keeps rights on other names apart", () => {
    const named = (name: string) =>
      rightsOf("ops", [{ apiGroups: [""], resources: ["secrets"], resourceNames: [name], verbs: ["get"] }]);
    const rows = compareRights({ declared: named("a"), granted: named("b"), allowed: undefined, used: {} });
    expect(rows.map(({ names, declared }) => [names, declared])).toEqual([
      [["a"], ["get"]],
      [["b"], []],
    ]);
  });
});
