import { expect, test } from "vitest";
import { parseYaml } from "../../../runtime/kube/yaml.ts";

async function valueIn(text: string): Promise<unknown> {
  const [object] = await parseYaml(`apiVersion: v1\nkind: Test\nvalue: ${text}\n`);
  return (object as { value?: unknown }).value;
}

test.each([
  ["on", "on"],
  ["yes", "yes"],
  ["n", "n"],
  ['"123"', "123"],
  ["'true'", "true"],
  ["1.20", 1.2],
  ["0o17", 15],
  ["017", 17],
  ["0x1F", 31],
  ["1:30", "1:30"],
  ["2026-01-01", "2026-01-01"],
  ["1e3", 1000],
  ["true", true],
  ["~", null],
  ["", null],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["-9007199254740993", -9_007_199_254_740_993n],
  ["9007199254740991", 9_007_199_254_740_991],
  ["{ a: [1, on] }", { a: [1, "on"] }],
  ["|\n  two\n  lines", "two\nlines\n"],
])("parseYaml reads %j as the core schema of YAML 1.2 does [N7]", async (text, expected) => {
  expect(await valueIn(text)).toEqual(expected);
});

test("parseYaml gives each document that is there, in order, anchors resolved within it [N7]", async () => {
  const text = `---
# nothing but words
---
apiVersion: v1
kind: ConfigMap
metadata: { name: a, labels: &labels { app: web } }
---
---
apiVersion: v1
kind: ConfigMap
metadata: { name: b, labels: &own { app: db }, annotations: *own }
`;
  expect(await parseYaml(text)).toEqual([
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", labels: { app: "web" } } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", labels: { app: "db" }, annotations: { app: "db" } } },
  ]);
});

test.each([
  ["a key that is there twice", "apiVersion: v1\nkind: A\nkind: B", /Map keys must be unique at line 3/],
  ["what is no YAML", "apiVersion: [v1", /cannot be read/],
  ["a list", "- apiVersion: v1", /document at line 1 is no object/],
  ["an object without kind", "apiVersion: v1\nkind: A\n---\nmetadata: {}", /document at line 4 is no object/],
  ["an anchor of another document", "apiVersion: v1\nkind: &a A\n---\napiVersion: v1\nkind: *a", /Unresolved alias/],
])("parseYaml refuses %s [N7]", async (_what, text, message) => {
  await expect(parseYaml(text)).rejects.toThrow(message);
});
