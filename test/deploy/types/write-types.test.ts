import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { publishedSchemas } from "../../../deploy/types/schema.ts";
import { describedFile, findResource, type TypeSource, writeTypes } from "../../../deploy/types/write-types.ts";
import type { ServedGroup } from "../../../runtime/kube/catalog/served.ts";
import { project } from "../../support/project.ts";
import { documentsOf, groupOf, SMALL_SERVER } from "./small-server.ts";

let folder: string;

beforeEach(() => {
  folder = project();
});

describe("writeTypes", () => {
  it("writes a file with all types and descriptions of a resource", async () => {
    const target = join(folder, "new");
    const written = await writeTypes(["pods"], target, SMALL_SERVER);
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
    await expect(writeTypes(["pods", "deployments"], target, SMALL_SERVER)).rejects.toThrow(
      "The cluster publishes no schema for apps/v1 Deployment",
    );
    expect(existsSync(target)).toBe(false);
  });
});

/** A server whose every word tries to become code. */
const hostile = (word: string): string =>
  `${word}; } process.exit(99) /* " \\ ' \` \u2028 \u202e \n process.exit(99) // */ process.exit(99);`;
const EVIL_VERSION = "v1\nprocess.exit(99)";
const EVIL_ROOT = hostile("io.evil.Root");
const HOSTILE_SCHEMA = {
  type: "object",
  description: hostile("*/"),
  properties: {
    [hostile("field")]: {
      type: "string",
      description: "*/ process.exit(99) /*",
      enum: [hostile("value"), null, { a: 1 }, [1]],
    },
    __proto__: { type: "string" },
    spec: { $ref: `#/components/schemas/${hostile("class")}` },
    kind: { type: "string" },
    list: { type: "array", items: { $ref: "#/components/schemas/x.class" } },
    again: { $ref: "#/components/schemas/y.class" },
    record: { $ref: "#/components/schemas/z.Record" },
  },
  required: [hostile("field")],
  "x-kubernetes-group-version-kind": [{ group: "evil.example", version: EVIL_VERSION, kind: hostile("Kind") }],
};
const OTHER = { type: "object", description: "a\n * /\n*/", properties: { x: { type: "string" } } };
const SCHEMAS = {
  [EVIL_ROOT]: HOSTILE_SCHEMA,
  ...{ [hostile("class")]: OTHER, "x.class": OTHER, "y.class": OTHER, "z.Record": OTHER },
};
const HOSTILE_SERVER: TypeSource = {
  served: async () => {
    const root = { group: "evil.example", version: EVIL_VERSION, resource: "roots", kind: hostile("Kind") };
    const resources = [{ ...root, namespaced: true, verbs: [], shortNames: [], subresources: [] }];
    return [{ group: "evil.example", versions: [{ version: EVIL_VERSION, isAway: false, resources }] }];
  },
  readJson: documentsOf({
    "/openapi/v3": { paths: { [`apis/evil.example/${EVIL_VERSION}`]: { serverRelativeURL: "/schemas" } } },
    "/schemas": {
      components: { schemas: JSON.parse(JSON.stringify(SCHEMAS).replace("{", '{"__proto__":{"type":"string"},')) },
    },
  }),
};

describe("what a hostile server serves", () => {
  it("becomes types and nothing else: it compiles, and has no statement and no invisible character", {
    timeout: 60_000,
  }, async () => {
    const [written] = await writeTypes(["roots.evil.example"], folder, HOSTILE_SERVER);
    const text = readFileSync(written?.file ?? "", "utf8");
    expect(text).not.toMatch(/[\u2028\u202e\r]/u);
    const installed = join(folder, "node_modules/errand");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "package.json"), '{ "name": "errand", "types": "index.d.ts" }');
    writeFileSync(join(installed, "index.d.ts"), "export interface CustomObjects {}\n");
    const user = join(folder, "user.ts");
    writeFileSync(
      user,
      'import type { CustomObjects } from "errand";\nexport type Root = CustomObjects["roots.evil.example"];\n',
    );
    const compiler = join(import.meta.dirname, "../../../node_modules/.bin/tsc");
    const flags = [
      "--strict",
      "--ignoreConfig",
      "--types",
      "",
      "--module",
      "esnext",
      "--moduleResolution",
      "bundler",
      "--removeComments",
      "--outDir",
      folder,
    ];
    execFileSync(compiler, [...flags, written?.file ?? "", user], { cwd: folder });
    expect(readFileSync(join(folder, "roots.evil.example.js"), "utf8").trim()).toBe("export {};");
  });

  it("is written only into the folder, whatever a resource is called", async () => {
    for (const key of ["../roots.evil.example", "roots.evil.example/../../x", "roots/status"]) {
      await expect(writeTypes([key], folder, HOSTILE_SERVER)).rejects.toThrow("is not the name of a resource");
    }
  });
});

describe("describedFile", () => {
  it("gives types of the same name from two packages different names", async () => {
    const schemas = await publishedSchemas(SMALL_SERVER, ["v1", "events.k8s.io/v1"]);
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

const CERTIFICATES: readonly ServedGroup[] = [
  groupOf("", []),
  {
    group: "example.org",
    versions: ["v2", "v1"].map((version) => ({
      version,
      isAway: false,
      resources: [
        {
          ...{ group: "example.org", version, resource: "certificates", kind: "Certificate", namespaced: true },
          ...{ verbs: ["get"], shortNames: ["cert"] },
          subresources: [{ name: "status", group: "example.org", version, kind: "Certificate", verbs: ["get"] }],
        },
      ],
    })),
  },
];

function server(groups = CERTIFICATES) {
  let asked = 0;
  const served = async () => {
    asked += 1;
    return groups;
  };
  return { served, asked: () => asked };
}

describe("findResource", () => {
  it("sends no request for a built-in resource", async () => {
    const source = server();
    await expect(findResource("deployments", source)).resolves.toMatchObject({
      key: "deployments",
      group: "apps",
      version: "v1",
      kind: "Deployment",
    });
    expect(source.asked()).toBe(0);
  });

  it("uses the server's preferred version of a custom resource", async () => {
    const source = server();
    await expect(findResource("certificates.example.org", source)).resolves.toEqual({
      key: "certificates.example.org",
      group: "example.org",
      version: "v2",
      kind: "Certificate",
    });
    expect(source.asked()).toBe(1);
  });

  it.each([
    ["certificates", "certificates.example.org"],
    ["Certificate", "certificates.example.org"],
    ["cert", "certificates.example.org"],
    ["certifcates.example.org", "certificates.example.org"],
    ["po", "pods"],
    ["Deployment", "deployments"],
  ])("suggests a resource for %s: %s", async (word, meant) => {
    await expect(findResource(word, server())).rejects.toThrow(`no resource "${word}"; did you mean "${meant}"?`);
  });

  it("skips a group that the server lists but does not serve, since its definition is just being added or removed", async () => {
    const coming = { group: "a.example.org", versions: [] };
    await expect(findResource("cert", server([coming, ...CERTIFICATES]))).rejects.toThrow(
      'did you mean "certificates.example.org"?',
    );
  });

  it("suggests nothing when nothing is similar", async () => {
    await expect(findResource("widgets.example.com", server())).rejects.toThrow(/no resource "widgets.example.com"$/);
  });

  it("throws the server's error unless it means that there is no such group", async () => {
    const served = async () => {
      throw new Error("connection refused");
    };
    await expect(findResource("widgets.example.com", { served })).rejects.toThrow("connection refused");
    await expect(findResource("pods.policy", SMALL_SERVER)).rejects.toThrow('no resource "pods.policy"');
  });
});
