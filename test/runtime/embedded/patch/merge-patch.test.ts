import { describe, expect, it } from "vitest";
import { applyMergePatch, applyStrategicMergePatch } from "../../../../runtime/embedded/patch/merge-patch.ts";

describe("applyMergePatch", () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("merges %j and %j as specified", (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  it("sets a field named __proto__ as data and leaves prototypes alone", () => {
    const changed = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(JSON.stringify(changed)).toBe('{"__proto__":{"polluted":true}}');
    expect("polluted" in {}).toBe(false);
  });
});

const CONTAINERS = [
  { name: "a", image: "a:1", ports: [{ containerPort: 80 }] },
  { name: "b", image: "b:1" },
];

describe("applyStrategicMergePatch", () => {
  it.each([
    ["merges an item by its key", [{ name: "b", image: "b:2" }], [CONTAINERS[0], { name: "b", image: "b:2" }]],
    ["puts a new item first", [{ name: "c", image: "c:1" }], [{ name: "c", image: "c:1" }, ...CONTAINERS]],
    ["deletes an item", [{ name: "a", $patch: "delete" }], [CONTAINERS[1]]],
    ["replaces the list", [{ $patch: "replace" }, { name: "z", image: "z" }], [{ name: "z", image: "z" }]],
    [
      "merges a list in an item",
      [{ name: "a", ports: [{ containerPort: 80, name: "web" }] }],
      [{ ...CONTAINERS[0], ports: [{ containerPort: 80, name: "web" }] }, CONTAINERS[1]],
    ],
    [
      "keeps where the items stood, and their order in the patch",
      [
        { name: "b", image: "b:2" },
        { name: "c", image: "c:1" },
      ],
      [CONTAINERS[0], { name: "b", image: "b:2" }, { name: "c", image: "c:1" }],
    ],
  ])("%s", (_title, patch, expected) => {
    expect(applyStrategicMergePatch({ containers: CONTAINERS }, { containers: patch })).toEqual({
      containers: expected,
    });
  });

  it("replaces a list whose items have no key", () => {
    expect(applyStrategicMergePatch({ args: ["a", "b"] }, { args: ["c"] })).toEqual({ args: ["c"] });
  });

  it("adds values to a set, and removes values with a directive", () => {
    expect(applyStrategicMergePatch({ finalizers: ["a", "b"] }, { finalizers: ["b", "c"] })).toEqual({
      finalizers: ["a", "b", "c"],
    });
    expect(
      applyStrategicMergePatch({ finalizers: ["a", "b"] }, { "$deleteFromPrimitiveList/finalizers": ["a"] }),
    ).toEqual({
      finalizers: ["b"],
    });
  });

  it("removes fields with null, and replaces objects and retains keys with directives", () => {
    expect(applyStrategicMergePatch({ a: 1, b: 2 }, { a: null })).toEqual({ b: 2 });
    expect(applyStrategicMergePatch({ a: { b: 1, c: 2 } }, { a: { $patch: "replace", d: 3 } })).toEqual({
      a: { d: 3 },
    });
    expect(applyStrategicMergePatch({ a: { b: 1, c: 2 } }, { a: { $retainKeys: ["c"], c: 3 } })).toEqual({
      a: { c: 3 },
    });
  });

  it("refuses an unknown directive", () => {
    expect(() => applyStrategicMergePatch({ a: {} }, { a: { $patch: "sing" } })).toThrow(
      "Unknown patch type found: sing",
    );
  });
});
