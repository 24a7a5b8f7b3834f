import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeVlq, encodeVlq } from "../../../deploy/build/vlq.ts";

describe("decodeVlq", () => {
  it.each([
    ["AAAA", [0, 0, 0, 0]],
    ["D", [-1]],
    ["gB", [16]],
    ["mjqE", [70_707]],
  ])("reads %s when it is a segment of a source map", (text, numbers) => expect(decodeVlq(text)).toEqual(numbers));

  it("reads what encodeVlq wrote when the numbers are any that a source map can hold", () => {
    const number = fc.integer({ min: -(2 ** 29), max: 2 ** 29 });
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        expect(decodeVlq(encodeVlq(numbers))).toEqual(numbers);
      }),
    );
  });
});
