import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWindow } from "../../../../runtime/kube/list/byte-window.ts";

const step = fc.record({
  append: fc.uint8Array({ maxLength: 50_000 }),
  drop: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("ByteWindow contains what was appended and not dropped, however it moves in its memory", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const window = new ByteWindow();
      let expected = Buffer.alloc(0);
      for (const { append, drop } of steps) {
        window.append(append);
        expected = Buffer.concat([expected, append]);
        const count = Math.floor(expected.length * drop);
        window.drop(count);
        expected = expected.subarray(count);
        expect(window.length).toBe(expected.length);
        expect(window.text(window.length, "latin1") === expected.toString("latin1")).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test("ByteWindow returns its first bytes between brackets, without changing them", () => {
  const window = new ByteWindow();
  window.append(Buffer.from('{"a":"é"},{"b":1},rest'));
  expect(window.textInBrackets(Buffer.byteLength('{"a":"é"}'))).toBe('[{"a":"é"}]');
  window.drop(Buffer.byteLength('{"a":"é"},'));
  expect(window.textInBrackets(7)).toBe('[{"b":1}]');
  expect(window.text(window.length)).toBe('{"b":1},rest');
});

test("ByteWindow finds a text from an offset, within its bytes only", () => {
  const window = new ByteWindow();
  window.append(Buffer.from("a},{b},{c"));
  expect(window.lastIndexOf("},{", 9)).toBe(5);
  expect(window.lastIndexOf("},{", 4)).toBe(1);
  window.drop(6);
  expect(window.lastIndexOf("},{", 9)).toBe(-1);
});

test("ByteWindow reuses the memory of another window without growing", () => {
  const first = new ByteWindow();
  const piece = Buffer.alloc(16_384, "x");
  for (let count = 0; count < 1_000; count += 1) {
    first.append(piece);
    if (first.length > 65_536) first.drop(65_536);
  }
  const { length } = first.memory;
  expect(length).toBeLessThanOrEqual(512 * 1024);
  expect(new ByteWindow(first.memory).memory).toBe(first.memory);
});
