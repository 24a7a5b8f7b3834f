import { describe, expect, it } from "vitest";
import { builtinFiles, readBuiltin } from "../../../deploy/types/builtin-files.ts";
import { type BuiltinVersion, catalogText } from "../../../deploy/types/builtin-index.ts";
import { publishedSchemas } from "../../../deploy/types/schema.ts";
import { SMALL_CLIENT, SMALL_SERVER } from "./small-server.ts";

/** What the server prefers of all its groups. */
async function allVersions(): Promise<readonly BuiltinVersion[]> {
  const groups = await SMALL_SERVER.served();
  return groups
    .toSorted((left, right) => (left.group < right.group ? -1 : 1))
    .flatMap(({ group, versions: [preferred] }) => (preferred === undefined ? [] : [{ group, ...preferred }]));
}

async function files(): Promise<Map<string, string>> {
  const schemas = await publishedSchemas(SMALL_SERVER, ["v1", "policy/v1", "events.k8s.io/v1"]);
  return builtinFiles(await allVersions(), schemas);
}

describe("builtinFiles", () => {
  it("splits types by API group", async () => {
    expect([...(await files()).keys()].sort()).toEqual([
      "builtin.ts",
      "catalog-data.ts",
      "core-v1.ts",
      "events.k8s.io-v1.ts",
      "meta-v1.ts",
      "policy-v1.ts",
    ]);
  });

  it("writes the types of a resource's objects, without descriptions and list types", async () => {
    expect((await files()).get("core-v1.ts")).toBe(`import type { ObjectMeta, Quantity } from "./meta-v1.ts";

export interface Pod {
  apiVersion?: "v1";
  kind?: "Pod";
  metadata?: ObjectMeta;
  spec?: PodSpec;
}

export interface PodSpec {
  names: string[];
  overhead?: Record<string, Quantity>;
}
`);
  });

  it("types quantities as string although the schema also allows numbers, which the server never returns", async () => {
    expect((await files()).get("meta-v1.ts")).toContain("export type Quantity = string;");
  });

  it("gives a plural that two groups have to the first one", async () => {
    expect((await files()).get("builtin.ts")).toContain(`export interface BuiltinObjects {
  pods: coreV1.Pod;
  "pods.events.k8s.io": eventsK8sIoV1.Pod;
}`);
  });

  it("lists verbs of resources and subresources with and without a schema", async () => {
    expect((await files()).get("builtin.ts")).toContain(`export interface BuiltinVerbs {
  pods: EveryVerb;
  "pods/log": "get";
  "pods/exec": "create" | "get";
  "pods/eviction": "create";
  "pods.events.k8s.io": "get";
}`);
  });

  it("lists every apiVersion of objects, including those of subresources in another group", async () => {
    expect((await files()).get("builtin.ts")).toContain(
      `export type BuiltinApiVersion =\n  | "v1"\n  | "policy/v1"\n  | "events.k8s.io/v1";`,
    );
  });

  it("throws when a resource has no schema", async () => {
    const versions = await allVersions();
    expect(() => builtinFiles(versions, {})).toThrow("pods: v1 Pod has no schema");
  });

  it("throws when two types in a file would have the same name", async () => {
    const versions = await allVersions();
    const schemas = await publishedSchemas(SMALL_SERVER, ["v1", "policy/v1", "events.k8s.io/v1"]);
    const pod = schemas["io.k8s.api.events.v1.Pod"];
    const clash = {
      ...schemas,
      "io.k8s.api.events.v1.Pod": {
        ...pod,
        properties: { pod: { $ref: "#/components/schemas/io.k8s.api.core.v1.Pod" } },
      },
    };
    expect(() => builtinFiles(versions, clash)).toThrow("events.k8s.io-v1: Pod is its own and core-v1's");
  });
});

describe("readBuiltin", () => {
  it("leaves out groups of custom resources and other servers", async () => {
    const { versions, schemas } = await readBuiltin(SMALL_CLIENT);
    expect(versions.map(({ group }) => group)).toEqual(["", "policy"]);
    expect(Object.keys(schemas)).not.toContain("io.k8s.api.events.v1.Pod");
    expect(Object.keys(schemas)).toContain("io.k8s.api.policy.v1.Eviction");
  });
});

describe("publishedSchemas", () => {
  it("puts the schemas of all versions into one table", async () => {
    const schemas = await publishedSchemas(SMALL_SERVER, ["v1", "policy/v1"]);
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(["io.k8s.api.core.v1.Pod", "io.k8s.api.policy.v1.Eviction"]),
    );
  });

  it("leaves out a version that the server does not publish", async () => {
    await expect(publishedSchemas(SMALL_SERVER, ["example.org/v1"])).resolves.toEqual({});
  });
});

describe("catalogText", () => {
  it("writes groups, resources and subresources in order", async () => {
    expect(catalogText(await allVersions())).toBe(
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
    const pods = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true, shortNames: [] };
    const resources = [{ ...pods, verbs: ["borrow"], subresources: [] }];
    expect(() => catalogText([{ group: "", version: "v1", resources }])).toThrow('pods has the verb "borrow"');
  });
});
