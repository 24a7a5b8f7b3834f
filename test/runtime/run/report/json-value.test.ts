import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotJsonError, toJson, toPlain } from "../../../../runtime/run/report/json-value.ts";

const cycle: Record<string, unknown> = { name: "a" };
cycle.self = { again: cycle };

describe("toJson", () => {
  it("equals the result of JSON.parse for any JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(JSON.stringify(toJson(value, "result"))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("omits undefined properties", () => {
    expect(toJson({ kept: 1, gone: undefined }, "result")).toStrictEqual({ kept: 1 });
  });

  it("copies, so that later changes have no effect", () => {
    const value = { counts: [1] };
    const copy = toJson(value, "progress");
    value.counts.push(2);
    expect(copy).toStrictEqual({ counts: [1] });
  });

  it("calls an object's toJSON", () => {
    expect(toJson({ size: { toJSON: () => "1Gi" } }, "result")).toStrictEqual({ size: "1Gi" });
  });

  it("keeps a key called __proto__ as data", () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
    expect(JSON.stringify(toJson(value, "result"))).toBe('{"__proto__":{"polluted":true}}');
  });

  it("accepts the same object twice without a cycle", () => {
    const shared = { a: 1 };
    expect(toJson([shared, shared], "result")).toStrictEqual([{ a: 1 }, { a: 1 }]);
  });

  it.each([
    ["a BigInt", { bytes: 5n }, "result.bytes is a BigInt: write String(value)"],
    ["a Date", { pods: [{ at: new Date(0) }] }, "result.pods[0].at is a Date: write date.toISOString()"],
    ["a Map", new Map([["a", 1]]), "result is a Map: write Object.fromEntries(map)"],
    ["a Set", { names: new Set(["a"]) }, "result.names is a Set: write [...set]"],
    ["a cycle", cycle, "result.self.again is a cycle"],
    ["a function", { run: () => 1 }, "result.run is a function"],
    ["a symbol", { mark: Symbol("x") }, "result.mark is a symbol"],
    ["a forgotten promise", { count: Promise.resolve(1) }, "result.count is a promise: await it"],
    ["bytes", { data: Buffer.from("a") }, "result.data is bytes: write Buffer.from(bytes).toString('base64')"],
    ["NaN", { share: Number.NaN }, "result.share is NaN"],
    ["an infinite number", [Number.POSITIVE_INFINITY], "result[0] is Infinity"],
    ["undefined in a list", { list: [1, undefined] }, "result.list[1] is undefined inside a list"],
    ["an Error", { error: new Error("x") }, "result.error is an Error"],
    ["a RegExp", { pattern: /x/ }, "result.pattern is a RegExp"],
    ["a key that is no word", { "a b": 1n }, 'result["a b"] is a BigInt'],
  ])("names the place and the fix for %s", (_what, value, message) => {
    expect(() => toJson(value, "result")).toThrow(NotJsonError);
    expect(() => toJson(value, "result")).toThrow(message);
  });

  it("refuses endless nesting instead of exhausting the stack", () => {
    let value: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) value = [value];
    expect(() => toJson(value, "result")).toThrow("nested more than 100 levels deep");
  });
});

describe("toPlain", () => {
  it("never throws and returns JSON for anything", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          expect(typeof JSON.stringify(toPlain(value))).toBe("string");
        },
      ),
    );
  });

  it("shows an error's name, message, fields and cause", () => {
    const error = Object.assign(new TypeError("no pods", { cause: new Error("refused") }), { code: "E1" });
    expect(toPlain({ error })).toStrictEqual({
      error: { name: "TypeError", message: "no pods", code: "E1", cause: { name: "Error", message: "refused" } },
    });
  });

  it("marks a cycle", () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(toPlain(value)).toStrictEqual({ self: "[cycle]" });
  });

  it("shows an object with a throwing getter as unreadable", () => {
    const value = {
      get broken(): never {
        throw new Error("no");
      },
    };
    expect(toPlain({ value })).toStrictEqual({ value: "[unreadable]" });
  });

  it("truncates a very long text or list, with a note", () => {
    expect(toPlain("x".repeat(20_000))).toMatch(/^x{16384}… \(3616 more characters\)$/);
    expect(toPlain(Array.from({ length: 250 }, (_, index) => index))).toHaveLength(201);
    expect(JSON.stringify(toPlain(Array.from({ length: 250 }, (_, index) => index)))).toContain("… (50 more)");
  });

  it("shows the contents of Map, Set, Date and BigInt", () => {
    expect(toPlain([new Map([["a", 1]]), new Set([1]), new Date(0), 5n])).toStrictEqual([
      { a: 1 },
      [1],
      "1970-01-01T00:00:00.000Z",
      "5",
    ]);
  });
});
