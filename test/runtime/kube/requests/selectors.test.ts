import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldSelectorText, labelSelectorText } from "../../../../runtime/kube/resource/selectors.ts";

test("labelSelectorText writes every operator [J5]", () => {
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

test("labelSelectorText takes text as it is [J5]", () => {
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

test("labelSelectorText never lets a label become another one when it is anything [J5]", () => {
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

test("fieldSelectorText refuses a field that is none [J6]", () => {
  expect(() => fieldSelectorText({ "a=b,c": "d" })).toThrow("no field path");
});
