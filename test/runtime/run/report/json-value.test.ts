import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotJsonError, toJson, toPlain } from "../../../../runtime/run/report/json-value.ts";

const cycle: Record<string, unknown> = { name: "a" };
cycle.self = { again: cycle };

describe("toJson", () => {
  it("equals what JSON.parse gives back when the value is JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(JSON.stringify(toJson(value, "result"))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("leaves a property out when it is undefined", () => {
    expect(toJson({ kept: 1, gone: undefined }, "result")).toStrictEqual({ kept: 1 });
  });

  it("copies when the value is given, so that a later change is not seen", () => {
    const value = { counts: [1] };
    const copy = toJson(value, "progress");
    value.counts.push(2);
    expect(copy).toStrictEqual({ counts: [1] });
  });

  it("asks an object for its JSON when it has a toJSON of its own", () => {
    expect(toJson({ size: { toJSON: () => "1Gi" } }, "result")).toStrictEqual({ size: "1Gi" });
  });

  it("keeps a key called __proto__ as data when there is one", () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
    expect(JSON.stringify(toJson(value, "result"))).toBe('{"__proto__":{"polluted":true}}');
  });

  it("takes the same object twice when it is no cycle", () => {
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
  ])("names the place and what to do when it meets %s", (_what, value, message) => {
    expect(() => toJson(value, "result")).toThrow(NotJsonError);
    expect(() => toJson(value, "result")).toThrow(message);
  });

  it("refuses instead of exhausting the stack when a value is nested without end", () => {
    let value: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) value = [value];
    expect(() => toJson(value, "result")).toThrow("nested more than 100 levels deep");
  });
});

describe("toPlain", () => {
  it("never throws and gives JSON when it is given anything", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          expect(typeof JSON.stringify(toPlain(value))).toBe("string");
        },
      ),
    );
  });

  it("shows an error's name, message, fields and cause when it is given one", () => {
    const error = Object.assign(new TypeError("no pods", { cause: new Error("refused") }), { code: "E1" });
    expect(toPlain({ error })).toStrictEqual({
      error: { name: "TypeError", message: "no pods", code: "E1", cause: { name: "Error", message: "refused" } },
    });
  });

  it("marks a cycle when a value contains itself", () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(toPlain(value)).toStrictEqual({ self: "[cycle]" });
  });

  it("shows the object as unreadable when a getter throws", () => {
    const value = {
      get broken(): never {
        throw new Error("no");
      },
    };
    expect(toPlain({ value })).toStrictEqual({ value: "[unreadable]" });
  });

  it("cuts and says so when a text or a list is very long", () => {
    expect(toPlain("x".repeat(20_000))).toMatch(/^x{16384}… \(3616 more characters\)$/);
    expect(toPlain(Array.from({ length: 250 }, (_, index) => index))).toHaveLength(201);
    expect(JSON.stringify(toPlain(Array.from({ length: 250 }, (_, index) => index)))).toContain("… (50 more)");
  });

  it("shows Map, Set, Date and BigInt as what they hold when they are given", () => {
    expect(toPlain([new Map([["a", 1]]), new Set([1]), new Date(0), 5n])).toStrictEqual([
      { a: 1 },
      [1],
      "1970-01-01T00:00:00.000Z",
      "5",
    ]);
  });
});
