import { describe, expect, it } from "vitest";
import { catalogText } from "../../../deploy/types/catalog-data.ts";
import { discover, publishedSchemas } from "../../../deploy/types/discovery.ts";
import { readBuiltin } from "../../../deploy/types/read-builtin.ts";
import { getFromSmallServer } from "./small-server.ts";

describe("discover", () => {
  it("gives the core group first and the others by name when a server has several", async () => {
    const versions = await discover(getFromSmallServer);
    expect(versions.map(({ group, version }) => [group, version])).toEqual([
      ["", "v1"],
      ["events.k8s.io", "v1"],
      ["policy", "v1"],
    ]);
  });
});

describe("readBuiltin", () => {
  it("leaves groups out when they are of custom resources or other servers", async () => {
    const { versions, schemas } = await readBuiltin(getFromSmallServer);
    expect(versions.map(({ group }) => group)).toEqual(["", "policy"]);
    expect(Object.keys(schemas)).not.toContain("io.k8s.api.events.v1.Pod");
    expect(Object.keys(schemas)).toContain("io.k8s.api.policy.v1.Eviction");
  });
});

describe("publishedSchemas", () => {
  it("puts the schemas of all versions into one table when they are published", async () => {
    const schemas = await publishedSchemas(getFromSmallServer, ["v1", "policy/v1"]);
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(["io.k8s.api.core.v1.Pod", "io.k8s.api.policy.v1.Eviction"]),
    );
  });

  it("leaves a version out when the server does not publish it", async () => {
    await expect(publishedSchemas(getFromSmallServer, ["example.org/v1"])).resolves.toEqual({});
  });
});

describe("catalogText", () => {
  it("writes groups, resources and subresources in order when discovery found them", async () => {
    expect(catalogText(await discover(getFromSmallServer))).toBe(
      [
        "/v1",
        "Pod pods n cdDglpuw po eviction:c exec:cg log:g",
        "events.k8s.io/v1",
        "Pod pods c g -",
        "policy/v1",
      ].join("\n"),
    );
  });

  it("throws when a verb has no letter", () => {
    const resources = [{ name: "pods", kind: "Pod", namespaced: true, verbs: ["borrow"] }];
    expect(() => catalogText([{ group: "", version: "v1", resources }])).toThrow('pods has the verb "borrow"');
  });
});
