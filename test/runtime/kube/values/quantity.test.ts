import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, canonical, compare, subtract, sum, toNumber } from "../../../../runtime/kube/values/quantity.ts";

describe("canonical", () => {
  it.each([
    ["0", "0"],
    ["-0", "0"],
    ["0Ki", "0"],
    ["1", "1"],
    ["+1", "1"],
    ["1.", "1"],
    [".5", "500m"],
    ["1.5", "1500m"],
    ["-1.5", "-1500m"],
    ["0001", "1"],
    ["1000m", "1"],
    ["1000", "1k"],
    ["1001", "1001"],
    ["1000000", "1M"],
    ["1500k", "1500k"],
    ["1000k", "1M"],
    ["1E", "1E"],
    ["1000E", "1000E"],
    ["100n", "100n"],
    ["1000n", "1u"],
    ["1024", "1024"],
    ["1Ki", "1Ki"],
    ["1024Ki", "1Mi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["0.1Ki", "102400m"],
    ["1.1Ki", "1126400m"],
    ["-1Mi", "-1Mi"],
    ["1Ei", "1Ei"],
    ["1000Ki", "1000Ki"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["12e+2", "1200"],
    ["1e0", "1"],
    ["1e-1", "100e-3"],
    ["100e6", "100e6"],
  ])("formats %s like the API server: %s [N2]", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["1.0000000001", "1000000001n"],
    ["1e-12", "1e-9"],
  ])("rounds away from zero if %s is finer than a billionth [N2]", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it("is capped at the largest binary quantity", () => {
    expect(canonical("1000Ei")).toBe("9223372036854775807");
    expect(canonical("-1000Ei")).toBe("-9223372036854775807");
  });

  it.each([
    "",
    " ",
    ".",
    "+",
    "1K",
    "1ki",
    "1mi",
    "1Mi ",
    " 1",
    "1 Gi",
    "1.2.3",
    "1e",
    "1e1.5",
    "Ki",
    "0x10",
    "1,5",
    "1_0",
    "NaN",
    "Infinity",
  ])("throws for %j [N2]", (text) => {
    expect(() => canonical(text)).toThrow(RangeError);
  });

  it("quotes the text and shows valid examples in the error", () => {
    expect(() => canonical("5GB")).toThrow(
      '"5GB" is not a quantity: write a number with an optional suffix, such as 100m, 2 or 1.5Gi',
    );
  });

  it("throws for an absurd exponent instead of computing it", () => {
    expect(() => canonical("1e999999999")).toThrow("at most 100");
  });

  it("reads a number as its text", () => {
    expect(canonical(0.1)).toBe("100m");
    expect(canonical(2)).toBe("2");
  });

  it("is idempotent", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.constantFrom("n", "u", "m", "", "k", "Ki", "Mi", "Gi"),
        (amount, suffix) => {
          const once = canonical(`${amount}${suffix}`);
          expect(canonical(once)).toBe(once);
          expect(compare(once, `${amount}${suffix}`)).toBe(0);
        },
      ),
    );
  });
});

describe("compare", () => {
  it.each([
    ["1", "1000m", 0],
    ["1Gi", "1024Mi", 0],
    ["1Gi", "1G", 1],
    ["1Mi", "1.1M", -1],
    ["-1", "1", -1],
    ["0", "-0.0", 0],
    ["9007199254740993", "9007199254740992", 1],
    ["1e3", "1k", 0],
  ])("compares %s with %s as %d [N2]", (left, right, expected) => {
    expect(compare(left, right)).toBe(expected);
    expect(compare(right, left)).toBe(expected === 0 ? 0 : -expected);
  });
});

describe("add", () => {
  it.each([
    ["100m", "0.2", "300m"],
    ["0.1", "0.2", "300m"],
    ["1Gi", "512Mi", "1536Mi"],
    ["1Gi", "1", "1073741825"],
    ["1", "1Gi", "1073741825"],
    ["0", "1Gi", "1Gi"],
    ["1Ki", "100m", "1024100m"],
    ["1e3", "1", "1001"],
    ["1", "-1", "0"],
    ["9223372036854775807", "1", "9223372036854775808"],
  ])("adds %s and %s to %s", (left, right, expected) => {
    expect(add(left, right)).toBe(expected);
  });
});

describe("subtract", () => {
  it.each([
    ["1Gi", "512Mi", "512Mi"],
    ["1", "1100m", "-100m"],
    ["5", "5", "0"],
  ])("subtracts from %s the quantity %s, which leaves %s", (left, right, expected) => {
    expect(subtract(left, right)).toBe(expected);
  });
});

describe("sum", () => {
  it("skips undefined quantities", () => {
    expect(sum(["250m", undefined, "1", "750m"])).toBe("2");
  });

  it("is zero for nothing", () => {
    expect(sum([])).toBe("0");
    expect(sum([undefined])).toBe("0");
  });

  it("is exact for many small quantities", () => {
    expect(sum(Array.from({ length: 1_000 }, () => "0.1"))).toBe("100");
  });

  it("does not depend on the order if all have the same notation", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 ** 9 })), (amounts) => {
        const texts = amounts.map((amount) => `${amount}m`);
        expect(sum(texts)).toBe(sum(texts.toReversed()));
      }),
    );
  });
});

describe("toNumber", () => {
  it.each([
    ["250m", 0.25],
    ["1.5Gi", 1_610_612_736],
    ["-100m", -0.1],
    ["0", 0],
    ["1n", 1e-9],
    ["256Mi", 268_435_456],
    ["1G", 1_000_000_000],
    ["1e6", 1_000_000],
    ["2", 2],
    ["1E", 1e18],
  ])("converts %s to %d units", (text, expected) => {
    expect(toNumber(text)).toBe(expected);
  });
});
