import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Cluster } from "../../deploy/cluster/connect.ts";
import { connect } from "../../deploy/project/load-config.ts";
import { publishedSchemas } from "../../deploy/types/schema.ts";
import { describedFile, findResource } from "../../deploy/types/write-types.ts";
import { until } from "./until.ts";

const group = `${randomUUID()}.example.org`;
const definition = `parcels.${group}`;

const schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["address"],
      properties: {
        address: { type: "string", description: "Where it goes." },
        size: { type: "string", enum: ["small", "large"] },
        port: { "x-kubernetes-int-or-string": true },
        labels: { type: "object", additionalProperties: { type: "string" } },
        rest: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", properties: { seen: { type: "array", items: { type: "string", format: "date-time" } } } },
  },
};

let cluster: Cluster;

beforeAll(async () => {
  cluster = await connect({ kubeconfig: inject("cluster").kubeconfig });
  await cluster.client.kube.customresourcedefinitions.create({
    metadata: { name: definition },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "parcels", singular: "parcel", kind: "Parcel", shortNames: ["prcl"] },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  // The server names and describes a new resource a moment after it took the definition, each at its own time.
  await until(
    "parcels are described",
    async () => Object.keys(await publishedSchemas(cluster.client, [`${group}/v1`])).length > 0,
  );
  await until("parcels are named", () =>
    findResource(`parcels.${group}`, cluster.client).then(
      () => true,
      () => false,
    ),
  );
  return async () => {
    await cluster.client.kube.customresourcedefinitions.delete(definition);
    await cluster[Symbol.asyncDispose]();
  };
});

describe("errand types", () => {
  it("writes the type of a custom resource from the schema of a real server", async () => {
    const resource = await findResource(`parcels.${group}`, cluster.client);
    expect(resource).toEqual({ key: `parcels.${group}`, group, version: "v1", kind: "Parcel" });
    const text = describedFile(resource, await publishedSchemas(cluster.client, [`${group}/v1`])) ?? "";
    expect(text).toContain(`  apiVersion?: "${group}/v1";\n`);
    expect(text).toContain(`  spec: {
    /** Where it goes. */
    address: string;
    labels?: Record<string, string>;
    port?: number | string;
    rest?: Record<string, unknown>;
    size?: "small" | "large";
  };
  status?: {
    seen?: string[];
  };
}`);
    expect(text).toContain("export interface ObjectMeta {");
    expect(text).toContain(`declare module "errand" {
  interface CustomObjects {
    "parcels.${group}": Parcel;
  }
}`);
  });

  it("suggests the full key for a plural, a kind or a short name", async () => {
    for (const word of ["parcels", "Parcel", "prcl"]) {
      await expect(findResource(word, cluster.client)).rejects.toThrow(`did you mean "parcels.`);
    }
  });

  it("finds no resource if the server does not have the group", async () => {
    await expect(findResource("parcels.nowhere.example.org", cluster.client)).rejects.toThrow(
      'The cluster has no resource "parcels.nowhere.example.org"',
    );
  });
});
