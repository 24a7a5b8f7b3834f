import { describe, expect, it } from "vitest";
import { applyJsonPatch } from "../../../../runtime/embedded/patch/json-patch.ts";

const DOCUMENT = { a: { b: [1, 2, 3] }, "x/y~z": true };

describe("applyJsonPatch", () => {
  it.each([
    [[{ op: "add", path: "/c", value: 1 }], { ...DOCUMENT, c: 1 }],
    [[{ op: "add", path: "/a/b/1", value: 9 }], { ...DOCUMENT, a: { b: [1, 9, 2, 3] } }],
    [[{ op: "add", path: "/a/b/-", value: 9 }], { ...DOCUMENT, a: { b: [1, 2, 3, 9] } }],
    [[{ op: "remove", path: "/a/b/0" }], { ...DOCUMENT, a: { b: [2, 3] } }],
    [[{ op: "replace", path: "/x~1y~0z", value: false }], { ...DOCUMENT, "x/y~z": false }],
    [[{ op: "move", from: "/a/b/0", path: "/first" }], { ...DOCUMENT, a: { b: [2, 3] }, first: 1 }],
    [[{ op: "copy", from: "/a/b", path: "/copied" }], { ...DOCUMENT, copied: [1, 2, 3] }],
    [[{ op: "test", path: "/a", value: { b: [1, 2, 3] } }], DOCUMENT],
    [[{ op: "replace", path: "", value: { new: true } }], { new: true }],
  ])("applies %j", (patch, expected) => {
    expect(applyJsonPatch(DOCUMENT, patch)).toEqual(expected);
  });

  it.each([
    [[{ op: "remove", path: "/missing" }]],
    [[{ op: "replace", path: "/missing", value: 1 }]],
    [[{ op: "add", path: "/missing/deep", value: 1 }]],
    [[{ op: "add", path: "/a/b/9", value: 1 }]],
    [[{ op: "test", path: "/a/b/0", value: 2 }]],
    [[{ op: "copy", from: "/missing", path: "/c" }]],
    [[{ op: "sing", path: "/a" }]],
    [[{ op: "add" }]],
  ])("fails with 422 and changes nothing: %j", (patch) => {
    const before = structuredClone(DOCUMENT);
    expect(() => applyJsonPatch(DOCUMENT, patch)).toThrow(
      "the server rejected our request due to an error in our request",
    );
    expect(DOCUMENT).toEqual(before);
  });

  it("fails with 400 if the patch is not a list", () => {
    expect(() => applyJsonPatch(DOCUMENT, {})).toThrow("error decoding patch");
  });

  it("sets a field named __proto__ as data and leaves prototypes alone", () => {
    const patch = JSON.parse('[{"op":"add","path":"/__proto__","value":{"polluted":true}}]');
    const changed = applyJsonPatch({}, patch);
    expect(JSON.stringify(changed)).toBe('{"__proto__":{"polluted":true}}');
    expect("polluted" in {}).toBe(false);
  });
});
