import { describe, expect, it } from "vitest";
import { builtinFiles } from "../../../deploy/types/builtin-files.ts";
import { discover, publishedSchemas } from "../../../deploy/types/discovery.ts";
import { getFromSmallServer } from "./small-server.ts";

async function files(): Promise<Map<string, string>> {
  const schemas = await publishedSchemas(getFromSmallServer, ["v1", "policy/v1", "events.k8s.io/v1"]);
  return builtinFiles(await discover(getFromSmallServer), schemas);
}

describe("builtinFiles", () => {
  it("splits types by API group when a server has several", async () => {
    expect([...(await files()).keys()].sort()).toEqual([
      "builtin.ts",
      "catalog-data.ts",
      "core-v1.ts",
      "events.k8s.io-v1.ts",
      "meta-v1.ts",
      "policy-v1.ts",
    ]);
  });

  it("writes what a resource's objects consist of, without prose or lists, when it has a schema", async () => {
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

  it("types quantities as text when the schema also allows numbers, which the server never answers with", async () => {
    expect((await files()).get("meta-v1.ts")).toContain("export type Quantity = string;");
  });

  it("gives a plural to the first group that has it when two do", async () => {
    expect((await files()).get("builtin.ts")).toContain(`export interface BuiltinObjects {
  pods: coreV1.Pod;
  "pods.events.k8s.io": eventsK8sIoV1.Pod;
}`);
  });

  it("lists verbs of resources and subresources when they have a schema or none", async () => {
    expect((await files()).get("builtin.ts")).toContain(`export interface BuiltinVerbs {
  "pods/log": "get";
  "pods/exec": "create" | "get";
  "pods/eviction": "create";
  pods: EveryVerb;
  "pods.events.k8s.io": "get";
}`);
  });

  it("names every apiVersion that objects can have when a subresource's are of another group", async () => {
    expect((await files()).get("builtin.ts")).toContain(
      `export type BuiltinApiVersion =\n  | "v1"\n  | "policy/v1"\n  | "events.k8s.io/v1";`,
    );
  });

  it("throws when a resource has no schema", async () => {
    const versions = await discover(getFromSmallServer);
    expect(() => builtinFiles(versions, {})).toThrow("pods: v1 Pod has no schema");
  });

  it("throws when one name would stand for two types in a file", async () => {
    const versions = await discover(getFromSmallServer);
    const schemas = await publishedSchemas(getFromSmallServer, ["v1", "policy/v1", "events.k8s.io/v1"]);
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
