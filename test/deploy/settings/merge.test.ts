import { describe, expect, it } from "vitest";
import { merge } from "../../../deploy/settings/merge.ts";

describe("merge", () => {
  it.each([
    ["maps by key", { a: { x: 1, y: 1 } }, { a: { y: 2, z: 3 } }, { a: { x: 1, y: 2, z: 3 } }],
    [
      "lists of named items by name",
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "1" },
        ],
      },
      {
        env: [
          { name: "B", value: "2" },
          { name: "C", value: "3" },
        ],
      },
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
          { name: "C", value: "3" },
        ],
      },
    ],
    [
      "mounts by their path",
      { volumeMounts: [{ name: "a", mountPath: "/a" }] },
      {
        volumeMounts: [
          { name: "a", mountPath: "/b" },
          { name: "c", mountPath: "/a" },
        ],
      },
      {
        volumeMounts: [
          { name: "c", mountPath: "/a" },
          { name: "a", mountPath: "/b" },
        ],
      },
    ],
    [
      "unnamed items one after the other, each once",
      { tolerations: [{ key: "a" }] },
      { tolerations: [{ key: "a" }, { key: "b" }] },
      { tolerations: [{ key: "a" }, { key: "b" }] },
    ],
    ["plain lists by the later one", { drop: ["ALL"] }, { drop: ["X"] }, { drop: ["X"] }],
    ["nothing where the later says nothing", { a: 1 }, { a: undefined }, { a: 1 }],
  ])("merges %s", (_what, base, patch, merged) => {
    expect(merge(base, patch)).toEqual(merged);
  });

  it("changes neither of its arguments", () => {
    const [base, patch] = [{ a: { list: [{ name: "x", v: 1 }] } }, { a: { list: [{ name: "x", v: 2 }] } }];
    merge(base, patch);
    expect([base.a.list[0]?.v, patch.a.list[0]?.v]).toEqual([1, 2]);
  });
});
