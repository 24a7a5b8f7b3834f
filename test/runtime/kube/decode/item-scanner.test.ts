import fc from "fast-check";
import { expect, test } from "vitest";
import { ItemScanner } from "../../../../runtime/kube/decode/item-scanner.ts";

/** Feeds bytes in pieces of the given sizes, over and over. */
function scan(text: string, sizes: readonly number[]) {
  const found = { items: [] as unknown[], heads: [] as unknown[] };
  const scanner = new ItemScanner({
    head: (head) => found.heads.push(JSON.parse(head)),
    item: (item) => found.items.push(JSON.parse(item)),
  });
  const bytes = Buffer.from(text);
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    scanner.push(bytes.subarray(start, start + size));
    start += size;
  }
  return { ...found, envelope: scanner.envelope };
}

const item = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

test("ItemScanner finds the same items whatever the cuts when strings hold quotes, braces and emoji [F9] [H1]", () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), sizes, fc.constantFrom(undefined, 1), (items, cuts, indent) => {
      const document = { kind: "PodList", metadata: { continue: 'a"]}\\b🚀' }, items };
      const found = scan(JSON.stringify(document, null, indent), cuts);
      expect(JSON.stringify(found.items)).toBe(JSON.stringify(items));
      expect(found.heads).toEqual([{ ...document, items: [] }]);
      expect(JSON.parse(found.envelope ?? "")).toEqual({ ...document, items: [] });
    }),
  );
});

test("ItemScanner finds the head at the end when items come first", () => {
  const found = scan('{"items":[{"a":1}],"kind":"PodList","metadata":{"items":["x"]}}', [3]);
  expect(found.items).toEqual([{ a: 1 }]);
  expect(JSON.parse(found.envelope ?? "")).toEqual({ items: [], kind: "PodList", metadata: { items: ["x"] } });
});

test("ItemScanner finds no items when they are null [F11]", () => {
  const found = scan('{"kind":"PodList","items":null}', [100]);
  expect(found.items).toEqual([]);
  expect(found.envelope).toBe('{"kind":"PodList","items":null}');
});

test.each(['{"kind":"PodList","items":[{"a":1}', '{"kind":"PodList","items":[', '{"kind":"Po', ""])(
  "ItemScanner has no envelope when the document is cut after %j [E5]",
  (text) => {
    expect(scan(text, [4]).envelope).toBeUndefined();
  },
);
