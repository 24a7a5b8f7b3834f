import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toPlain } from "../../../../runtime/run/report/plain-value.ts";

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
