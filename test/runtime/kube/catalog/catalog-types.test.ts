import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type BuiltinResource, builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";

const FOLDER = new URL("../../../../runtime/kube/generated/", import.meta.url);
const source = readFileSync(new URL("builtin.ts", FOLDER), "utf8");

/** The lines of one interface in `builtin.ts`: property → type as written. */
function membersOf(name: string): Map<string, string> {
  const [, body = ""] = new RegExp(`interface ${name} \\{\\n(.*?)\\n\\}`, "s").exec(source) ?? [];
  return new Map([...body.matchAll(/^ {2}"?([\w./-]+)"?: (.+);$/gm)].map(([, key = "", type = ""]) => [key, type]));
}

function resources(): [key: string, resource: BuiltinResource][] {
  return builtinCatalog.keys.map((key) => [key, builtinCatalog.find(key) as BuiltinResource]);
}

describe("BuiltinObjects", () => {
  const members = membersOf("BuiltinObjects");

  it("has exactly the keys of the catalog, from the same server", () => {
    expect([...members.keys()].sort()).toEqual([...builtinCatalog.keys].sort());
  });

  it("gives each key the type of its kind from the file of its group and version", () => {
    for (const [key, { group, version, kind }] of resources()) {
      const [alias, name] = members.get(key)?.split(".") ?? [];
      const file = `${group || "core"}-${version}.ts`;
      expect(name, key).toBe(kind);
      expect(source).toContain(`import type * as ${alias} from "./${file}";`);
      expect(existsSync(new URL(file, FOLDER)), file).toBe(true);
    }
  });
});

describe("BuiltinVerbs", () => {
  const every = /type EveryVerb = (.+);/.exec(source)?.[1];

  it("has the same verbs as the catalog", () => {
    const written = [...membersOf("BuiltinVerbs")].map(([key, type]) => [
      key,
      (type === "EveryVerb" ? every : type)?.split(" | ").map((verb) => JSON.parse(verb)),
    ]);
    const known = resources().flatMap(([key, { verbs, subresources }]) => [
      [key, verbs],
      ...Object.entries(subresources).map(([subresource, its]) => [`${key}/${subresource}`, its]),
    ]);
    const sorted = (entries: unknown[][]) =>
      Object.fromEntries(entries.map(([key, verbs]) => [key, (verbs as string[]).toSorted()]));
    expect(sorted(written)).toEqual(sorted(known));
  });
});

describe("ClusterScopedKind", () => {
  it("has all cluster-scoped kinds, and no kind that is namespaced elsewhere", () => {
    const written = /type ClusterScopedKind =\n(.*?);/s.exec(source)?.[1]?.match(/\w+/g);
    const kindsOf = (namespaced: boolean) =>
      new Set(resources().flatMap(([, info]) => (info.namespaced === namespaced ? [info.kind] : [])));
    expect(written?.toSorted()).toEqual([...kindsOf(false)].sort());
    expect([...kindsOf(false)].filter((kind) => kindsOf(true).has(kind))).toEqual([]);
  });
});
