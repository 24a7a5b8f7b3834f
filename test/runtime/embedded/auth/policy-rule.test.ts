import { describe, expect, it } from "vitest";
import { type Attributes, readRules, ruleAllows } from "../../../../runtime/embedded/auth/policy-rule.ts";

function wanted(verb: string, resource: string, more: Partial<Attributes> = {}): Attributes {
  return {
    about: "resource",
    verb,
    group: "",
    resource,
    subresource: "",
    namespace: "team",
    name: "",
    ...more,
  } as Attributes;
}

function allows(rule: object, attributes: Attributes): boolean {
  return readRules({ rules: [rule] }).some((each) => ruleAllows(each, attributes));
}

const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };

describe("ruleAllows", () => {
  it("lets through only what a rule names when it has no star", () => {
    expect(allows(PODS, wanted("list", "pods"))).toBe(true);
    expect(allows(PODS, wanted("delete", "pods"))).toBe(false);
    expect(allows(PODS, wanted("list", "secrets"))).toBe(false);
    expect(allows(PODS, wanted("list", "pods", { group: "metrics.k8s.io" }))).toBe(false);
  });

  it("takes a subresource as a resource of its own", () => {
    const log = wanted("get", "pods", { subresource: "log" });
    expect(allows(PODS, log)).toBe(false);
    expect(allows({ ...PODS, resources: ["pods/log"] }, log)).toBe(true);
    expect(allows({ ...PODS, resources: ["*/log"] }, log)).toBe(true);
    expect(allows({ ...PODS, resources: ["pods/log"] }, wanted("get", "pods"))).toBe(false);
    expect(allows({ ...PODS, resources: ["*/log"] }, wanted("get", "pods"))).toBe(false);
  });

  it("lets everything through where a star stands", () => {
    const star = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
    expect(allows(star, wanted("delete", "pods", { subresource: "eviction", group: "policy" }))).toBe(true);
    expect(allows(star, { about: "path", verb: "get", path: "/metrics" })).toBe(false);
  });

  it("lets only the listed names through when there are any", () => {
    const named = { ...PODS, resourceNames: ["a"] };
    expect(allows(named, wanted("get", "pods", { name: "a" }))).toBe(true);
    expect(allows(named, wanted("get", "pods", { name: "b" }))).toBe(false);
    expect(allows(named, wanted("list", "pods"))).toBe(false);
  });

  it.each([
    ["/metrics", "/metrics", true],
    ["/metrics", "/metrics/cadvisor", false],
    ["/metrics/*", "/metrics/cadvisor", true],
    ["*", "/anything", true],
  ])("matches paths when a rule says %s and the path is %s", (pattern, path, matches) => {
    expect(allows({ nonResourceURLs: [pattern], verbs: ["get"] }, { about: "path", verb: "get", path })).toBe(matches);
  });
});
