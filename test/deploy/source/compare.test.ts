import { describe, expect, it } from "vitest";
import { differences } from "../../../deploy/source/compare.ts";

describe("differences", () => {
  it.each([
    ["nothing differs", { a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }, []],
    ["a value is another", { a: { b: 1 } }, { a: { b: 2 } }, [{ path: "a.b", before: 1, after: 2 }]],
    [
      "only one has a field",
      { a: 1 },
      { b: 1 },
      [
        { path: "a", before: 1 },
        { path: "b", after: 1 },
      ],
    ],
    ["one has no result at all", undefined, { a: 1 }, [{ path: "", after: { a: 1 } }]],
    ["a list has one more", { tags: ["x"] }, { tags: ["x", "y"] }, [{ path: "tags[]", after: "y" }]],
    ["a list is in another order", [1, 2], [2, 1], [{ path: "", before: [1, 2], after: [2, 1] }]],
    ["a field is called like a method", { constructor: 1 }, {}, [{ path: "constructor", before: 1 }]],
  ])("tells what differs when %s", (_case, before, after, expected) => {
    expect(differences(before, after)).toEqual(expected);
  });

  it("matches rows by the column that names them when a row is new", () => {
    const before = [
      { pods: "3", owner: "web", images: 2 },
      { pods: "3", owner: "db", images: 1 },
    ];
    const after = [
      { pods: "1", owner: "cache", images: 1 },
      { pods: "3", owner: "web", images: 4 },
      { pods: "3", owner: "db", images: 1 },
    ];
    expect(differences({ rows: before }, { rows: after })).toEqual([
      { path: "rows[web].images", before: 2, after: 4 },
      { path: "rows[cache]", after: { pods: "1", owner: "cache", images: 1 } },
    ]);
  });
});
