import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describedFile } from "../../../deploy/types/described-file.ts";
import { publishedSchemas } from "../../../deploy/types/discovery.ts";
import { writeTypes } from "../../../deploy/types/write-types.ts";
import { getFromSmallServer } from "./small-server.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-types-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("writeTypes", () => {
  it("writes a file with all types and descriptions of a resource when the server publishes them", async () => {
    const target = join(folder, "new");
    const written = await writeTypes(["pods"], target, getFromSmallServer);
    expect(written).toEqual([{ resource: "pods", apiVersion: "v1", kind: "Pod", file: join(target, "pods.ts") }]);
    expect(readFileSync(join(target, "pods.ts"), "utf8")).toBe(
      `// Written by \`errand types pods\` from v1 of the cluster. Run it again to bring it up to date.

/** A pod. */
export interface Pod {
  /** Which version it is of. */
  apiVersion?: "v1";
  kind?: "Pod";
  metadata?: ObjectMeta;
  spec?: PodSpec;
}

export interface PodSpec {
  names: string[];
  overhead?: Record<string, Quantity>;
}

export type Quantity = string;

export interface ObjectMeta {
  name?: string;
}

declare module "errand" {
  interface CustomObjects {
    "pods": Pod;
  }
}
`,
    );
  });

  it("writes nothing when one of several resources has no schema", async () => {
    const target = join(folder, "new");
    await expect(writeTypes(["pods", "deployments"], target, getFromSmallServer)).rejects.toThrow(
      "The cluster publishes no schema for apps/v1 Deployment",
    );
    expect(existsSync(target)).toBe(false);
  });
});

describe("describedFile", () => {
  it("tells types apart when two packages call one alike", async () => {
    const schemas = await publishedSchemas(getFromSmallServer, ["v1", "events.k8s.io/v1"]);
    const root = {
      ...schemas["io.k8s.api.events.v1.Pod"],
      properties: { pod: { $ref: "#/components/schemas/io.k8s.api.core.v1.Pod" } },
    };
    const resource = { key: "pods.events.k8s.io", group: "events.k8s.io", version: "v1", kind: "Pod" };
    const text = describedFile(resource, { ...schemas, "io.k8s.api.events.v1.Pod": root });
    expect(text).toContain("export interface Pod {\n  pod?: V1Pod;\n");
    expect(text).toContain("export interface V1Pod {");
    expect(text).toContain('"pods.events.k8s.io": Pod;');
  });
});
