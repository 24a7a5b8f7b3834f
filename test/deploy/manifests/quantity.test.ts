import { describe, expect, it } from "vitest";
import { quantityToNumber } from "../../../deploy/manifests/quantity.ts";

describe("quantityToNumber", () => {
  it.each([
    ["256Mi", 268_435_456],
    ["1G", 1_000_000_000],
    ["500m", 0.5],
    ["1.5Gi", 1_610_612_736],
    ["1e6", 1_000_000],
    ["2", 2],
    ["1E", 1e18],
  ])("reads %s as %d", (text, value) => expect(quantityToNumber(text)).toBe(value));

  it.each(["", "Mi", "1 Gi", "1Q"])('throws when "%s" is no quantity', (text) => {
    expect(() => quantityToNumber(text)).toThrow(RangeError);
  });
});
