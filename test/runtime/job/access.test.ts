import { describe, expect, it } from "vitest";
import { parseAccessKey, resolveAccess } from "../../../runtime/job/access.ts";
import { smallCatalog } from "./small-catalog.ts";

describe("parseAccessKey", () => {
  it.each([
    ["pods", { resource: "pods", group: undefined, subresource: undefined }],
    ["pods/log", { resource: "pods", group: undefined, subresource: "log" }],
    ["deployments.apps/scale", { resource: "deployments", group: "apps", subresource: "scale" }],
    ["certificates.cert-manager.io", { resource: "certificates", group: "cert-manager.io", subresource: undefined }],
  ])("splits %s", (key, parts) => {
    expect(parseAccessKey(key)).toEqual(parts);
  });
});

describe("resolveAccess", () => {
  it("returns group, version, kind and scope of a built-in resource without its group", () => {
    expect(resolveAccess({ deployments: ["list"] }, smallCatalog)).toEqual([
      {
        key: "deployments",
        group: "apps",
        version: "v1",
        kind: "Deployment",
        resource: "deployments",
        namespaced: true,
        verbs: ["list"],
      },
    ]);
  });

  it("keeps the subresource and the names", () => {
    const rules = resolveAccess({ "deployments/scale": { verbs: ["patch"], names: ["web"] } }, smallCatalog);
    expect(rules[0]).toMatchObject({ resource: "deployments", subresource: "scale", verbs: ["patch"], names: ["web"] });
  });

  it("treats a key with an unknown group as a custom resource of unknown version", () => {
    expect(resolveAccess({ "certificates.cert-manager.io": ["get"] }, smallCatalog)).toEqual([
      { key: "certificates.cert-manager.io", group: "cert-manager.io", resource: "certificates", verbs: ["get"] },
    ]);
  });

  it("throws for a key without a group that is not built in", () => {
    expect(() => resolveAccess({ podz: ["get"] }, smallCatalog)).toThrow(/"podz" is an unknown resource/);
  });
});
