import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldSelectorText, labelSelectorText } from "../../../../runtime/kube/requests/selectors.ts";

test("labelSelectorText supports every operator [J5]", () => {
  const text = labelSelectorText({
    matchLabels: { app: "web", "example.test/tier": "" },
    matchExpressions: [
      { key: "a", operator: "In", values: ["x", "y"] },
      { key: "b", operator: "NotIn", values: ["z"] },
      { key: "c", operator: "Exists" },
      { key: "d", operator: "DoesNotExist" },
    ],
  });
  expect(text).toBe("app=web,example.test/tier=,a in (x,y),b notin (z),c,!d");
});

test("labelSelectorText passes text through [J5]", () => {
  expect(labelSelectorText("app in (a, b),!c")).toBe("app in (a, b),!c");
});

test.each([
  { matchLabels: { app: "a,b=c" } },
  { matchLabels: { "app,b": "c" } },
  { matchLabels: { app: "-a" } },
  { matchLabels: { "": "a" } },
  { matchLabels: { app: "x".repeat(64) } },
  { matchExpressions: [{ key: "a", operator: "In", values: [] }] },
  { matchExpressions: [{ key: "a", operator: "In", values: ["b)"] }] },
  { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
  { matchExpressions: [{ key: "a", operator: "Equals", values: ["b"] }] },
])("labelSelectorText refuses %j [J5]", (selector) => {
  expect(() => labelSelectorText(selector)).toThrow(RangeError);
});

test("labelSelectorText never turns any label into another one [J5]", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (key, value) => {
      let text: string;
      try {
        text = labelSelectorText({ matchLabels: { [key]: value } });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      expect(text.split(/[,=]/)).toEqual([key, value]);
    }),
  );
});

test.each([
  [{ "metadata.name": "web" }, "metadata.name=web"],
  [{ "status.phase": "Failed", "spec.nodeName": "" }, "status.phase=Failed,spec.nodeName="],
  [{ "spec.x": "a\\b,c=d" }, "spec.x=a\\\\b\\,c\\=d"],
])("fieldSelectorText writes %j [J6]", (selector, expected) => {
  expect(fieldSelectorText(selector)).toBe(expected);
});

test("fieldSelectorText refuses an invalid field path [J6]", () => {
  expect(() => fieldSelectorText({ "a=b,c": "d" })).toThrow("not a field path");
});

test.each([
  "",
  " ",
  "\t\n",
  "\u00a0",
  ",",
  ",,",
  "a=b,",
  ",a=b",
  "a=b,,c",
  "a in (x,y), ",
  "!a, ,b",
  "\0a=b",
  "a=b\0,c=d",
])("labelSelectorText refuses the text %j, which has a part without a term [J5]", (text) => {
  expect(() => labelSelectorText(text)).toThrow(RangeError);
});

test.each(["a", "!a", "a=", "a in (,)", "a notin (b,,c),d", "a in ()"])(
  "labelSelectorText accepts the text %j, in which each part has a term [J5]",
  (text) => {
    expect(labelSelectorText(text)).toBe(text);
  },
);

test.each([
  {},
  { matchLabels: {} },
  { matchExpressions: [] },
  { matchLabels: {}, matchExpressions: [] },
  { app: "web" },
  { matchLabels: { app: "web" }, matchExpression: [] },
  { matchLabels: { app: undefined } },
  { matchExpressions: [{ key: "a", operator: "In", values: [undefined] }] },
])("labelSelectorText refuses %j, which selects more than it seems to [J5]", (selector) => {
  expect(() => labelSelectorText(selector as object)).toThrow(RangeError);
});

test.each(["", " ", ",", ",,", "a=b,", ",a=b", "a=b, ,c=d", "a=b\\,,", "=", "==", "!=", "=,a=b", "a=b, ="])(
  "fieldSelectorText refuses the text %j, which has a part without a term [J6]",
  (text) => {
    expect(() => fieldSelectorText(text)).toThrow(RangeError);
  },
);

test.each(["a=", "a=b\\,c", "a=\\,,b=\\,"])(
  "fieldSelectorText accepts the text %j, in which each part has a term [J6]",
  (text) => {
    expect(fieldSelectorText(text)).toBe(text);
  },
);

test.each([{}, { "status.phase": undefined }, { "status.phase": null }, { "status.phase": { toString: () => "," } }])(
  "fieldSelectorText refuses %j, which selects more than it seems to [J6]",
  (selector) => {
    expect(() => fieldSelectorText(selector as unknown as Record<string, string>)).toThrow(RangeError);
  },
);
