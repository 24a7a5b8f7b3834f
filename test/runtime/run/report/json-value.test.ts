import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotJsonError, toJson } from "../../../../runtime/run/report/json-value.ts";

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
