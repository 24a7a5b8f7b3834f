import { expect, test } from "vitest";
import { parseYaml } from "../../../../runtime/kube/values/yaml.ts";

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
  ["017", 15],
  ["0400", 256],
  ["0o400", 256],
  ["+0644", 420],
  ["0800", 800],
  ["0b101", 5],
  ["1_000", 1000],
  ["0_400", 256],
  ["0x1F", 31],
  ["-0x1F", -31],
  ["0x", "0x"],
  ["_1", "_1"],
  [".5", 0.5],
  ["!!int 0400", 256],
  ["!!str 0400", "0400"],
  ["'0400'", "0400"],
  ["1:30", "1:30"],
  ["2026-01-01", "2026-01-01"],
  ["1e3", 1000],
  ["true", true],
  ["~", null],
  ["", null],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["-9007199254740993", -9_007_199_254_740_993n],
  ["18446744073709551615", 18_446_744_073_709_551_615n],
  ["9007199254740991", 9_007_199_254_740_991],
  ["{ a: [1, on] }", { a: [1, "on"] }],
  ["|\n  two\n  lines", "two\nlines\n"],
  ["{ <<: { a: 1, b: 1 }, b: 2 }", { a: 1, b: 2 }],
  ["{ <<: [{ a: 1 }, { a: 2, b: 2 }] }", { a: 1, b: 2 }],
  ["{ x: &x { a: 0400 }, y: { <<: *x } }", { x: { a: 256 }, y: { a: 256 } }],
  ["{ '<<': 1 }", { "<<": 1 }],
  ["{ 0400: a, on: b }", { 256: "a", on: "b" }],
])("parseYaml reads %j with kubectl's numbers and merge keys, and YAML 1.2's words [N7]", async (text, expected) => {
  expect(await valueIn(text)).toEqual(expected);
});

test("parseYaml returns each document in order, with anchors resolved within it [N7]", async () => {
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

test("parseYaml returns the items of a list, and of nested lists, with the kind of a typed list [N7]", async () => {
  const text = `
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }
  - { apiVersion: v1, kind: PodList, items: [{ metadata: { name: b } }, { apiVersion: v1, kind: Secret, metadata: { name: c } }] }
---
{ apiVersion: example.com/v1, kind: WishList, spec: {} }
`;
  expect(await parseYaml(text)).toEqual([
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
    { apiVersion: "v1", kind: "Pod", metadata: { name: "b" } },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "c" } },
    { apiVersion: "example.com/v1", kind: "WishList", spec: {} },
  ]);
});

test.each([
  [
    "an item of a list that is no object",
    "apiVersion: v1\nkind: List\nitems: [3]",
    /document at line 1 is not a Kubernetes object/,
  ],
  [
    "a key before what a merge key brings",
    "a: &a { b: 1 }\nc:\n  b: 2\n  <<: *a",
    /"b" is repeated by a later <<.* line 4/,
  ],
  ["a merge key twice for one key", "<<: { b: 1 }\n<<: { b: 2 }", /"b" is repeated by a later <<.* line 2/],
  ["a merge key with a text", "<<: b", /Merge sources must be maps/],
  ["an anchor that holds itself", "a: &a\n  b: *a", /the anchor "a" contains itself, at line 2/],
  ["a merge key that brings itself", "a: &a { <<: *a }", /the anchor "a" contains itself, at line 1/],
  ["two spellings of one key", "010: a\n8: b", /"8" is duplicated, at line 2/],
  ["a key that is nothing", "~: a", /a key is not a string, at line 1/],
  ["a number that JSON does not have", "a:\n  b: .inf", /.inf is a number that JSON cannot represent, at line 2/],
  ["a tag that kubectl reads in its own way", "a: !!binary aGk=", /the tag !!binary .* line 1/],
  ["a tag that does not fit", "a: !!int b", /the tag !!int .* line 1/],
  [
    "merge keys that grow",
    Array.from({ length: 12 }, (_, n) => `a${n}: &a${n} { <<: [${`*a${n - 1}, `.repeat(n && 9)}{}] }`).join("\n"),
    /more than 10000 merge keys/,
  ],
  ["a key that is there twice", "apiVersion: v1\nkind: A\nkind: B", /Map keys must be unique at line 3/],
  ["what is no YAML", "apiVersion: [v1", /cannot be read/],
  ["a list", "- apiVersion: v1", /document at line 1 is not a Kubernetes object/],
  [
    "an object without kind",
    "apiVersion: v1\nkind: A\n---\nmetadata: {}",
    /document at line 4 is not a Kubernetes object/,
  ],
  ["an anchor of another document", "apiVersion: v1\nkind: &a A\n---\napiVersion: v1\nkind: *a", /Unresolved alias/],
])("parseYaml refuses %s [N7]", async (_what, text, message) => {
  await expect(parseYaml(text)).rejects.toThrow(message);
});
