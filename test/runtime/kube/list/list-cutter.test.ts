import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWindow } from "../../../../runtime/kube/list/byte-window.ts";
import { ListCutter } from "../../../../runtime/kube/list/list-cutter.ts";
import { jsonBody } from "../../../../runtime/kube/values/json.ts";

/** Feeds bytes in pieces of the given sizes, over and over. */
function cut(text: string, sizes: readonly number[]) {
  const window = new ByteWindow();
  const cutter = new ListCutter(window);
  const items: unknown[] = [];
  const batches: number[] = [];
  const bytes = Buffer.from(text);
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    window.append(bytes.subarray(start, start + size));
    while (cutter.isReady) {
      const batch = cutter.next() ?? [];
      if (batch.length > 0) batches.push(batch.length);
      items.push(...batch);
    }
    start += size;
  }
  const early = cutter.early;
  const end = cutter.end();
  return {
    items: [...items, ...end.items],
    batches,
    early,
    document: end.document,
  };
}

const padding = "x".repeat(2_000);
const item = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { maxKeys: 3 }).map((fields) => ({
  metadata: { ...fields, padding },
  templates: [{ metadata: fields }, { metadata: fields }],
}));
const sizes = fc.array(fc.integer({ min: 1, max: 50_000 }), {
  minLength: 1,
  maxLength: 5,
});

test("ListCutter returns the same items for any chunks of strings with quotes, braces and emoji [F9] [H1]", () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 80 }), sizes, fc.constantFrom(undefined, 1), (items, pieces, indent) => {
      const document = {
        kind: "PodList",
        metadata: { continue: '},{"metadata":"items":[{"a"]}}\\b🚀' },
        items,
      };
      const found = cut(JSON.stringify(document, null, indent), pieces);
      expect(jsonBody(found.items)).toBe(jsonBody(items));
      expect(found.document).toMatchObject({
        kind: "PodList",
        metadata: document.metadata,
      });
      if (items.length > 0) expect(found.early).toEqual({ ...document, items: [] });
    }),
    { numRuns: 60 },
  );
});

test("ListCutter returns batches when many items have arrived, and holds back incomplete ones", () => {
  const items = Array.from({ length: 200 }, (_, index) => ({
    metadata: { name: `pod-${index}`, padding },
  }));
  const { batches } = cut(JSON.stringify({ kind: "PodList", metadata: {}, items }), [16_384]);
  expect(batches.length).toBeGreaterThan(3);
  expect(Math.max(...batches)).toBeLessThan(60);
});

test("ListCutter returns batches of equal size if everything has arrived", () => {
  const items = Array.from({ length: 1_000 }, (_, index) => ({ metadata: { name: `pod-${index}`, padding } }));
  const { batches, items: found } = cut(JSON.stringify({ kind: "PodList", metadata: {}, items }), [10_000_000]);
  expect(Math.max(...batches)).toBeLessThan(40);
  expect(batches.length).toBeGreaterThan(25);
  expect(found).toEqual(items);
});

test("ListCutter returns an item larger than a batch, with nested text that looks like items", () => {
  const inner = Array.from({ length: 500 }, (_, index) => ({
    metadata: { name: `inner-${index}`, padding },
  }));
  const items = [{ metadata: {}, inner }, { metadata: { name: "second" } }, { metadata: {}, inner }];
  expect(cut(JSON.stringify({ kind: "FooList", metadata: {}, items }), [16_384]).items).toEqual(items);
});

test("ListCutter returns kind and metadata at the end if items come first", () => {
  const found = cut(
    '{"apiVersion":"example.com/v1","items":[{"a":1}],"kind":"FooList","metadata":{"items":["x"]}}',
    [30],
  );
  expect(found.items).toEqual([{ a: 1 }]);
  expect(found.early).toEqual({ apiVersion: "example.com/v1", items: [] });
  expect(found.document).toMatchObject({
    kind: "FooList",
    metadata: { items: ["x"] },
  });
});

test("ListCutter finds no items if they are null [F11]", () => {
  const found = cut('{"kind":"PodList","items":null}', [100]);
  expect(found).toEqual({
    items: [],
    batches: [],
    early: undefined,
    document: { kind: "PodList", items: null },
  });
});

test.each(['{"kind":"PodList","items":[{"a":1}', '{"kind":"PodList","items":[', '{"kind":"Po', ""])(
  "ListCutter throws at the end of a document that is cut off after %j [E5]",
  (text) => {
    expect(() => cut(text, [4])).toThrow(SyntaxError);
  },
);
