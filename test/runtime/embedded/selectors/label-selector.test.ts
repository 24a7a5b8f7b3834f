import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesLabels, parseLabelSelector } from "../../../../runtime/embedded/selectors/label-selector.ts";

describe("parseLabelSelector", () => {
  it.each([
    ["", { a: "1" }, true],
    ["a=1", { a: "1" }, true],
    ["a==1", { a: "1" }, true],
    ["a=1", { a: "2" }, false],
    ["a=", { a: "" }, true],
    ["a!=1", {}, true],
    ["a!=1", { a: "1" }, false],
    ["a", { a: "" }, true],
    ["a", {}, false],
    ["!a", {}, true],
    ["!a", { a: "1" }, false],
    ["a in (1, 2)", { a: "2" }, true],
    ["a in (1,2)", { a: "3" }, false],
    ["a in ()", { a: "" }, true],
    ["a notin (1,2)", {}, true],
    ["a notin (1,2)", { a: "1" }, false],
    ["a>5", { a: "6" }, true],
    ["a>5", { a: "5" }, false],
    ["a<5", { a: "4" }, true],
    ["app.kubernetes.io/name=web,tier in (front),!canary", { "app.kubernetes.io/name": "web", tier: "front" }, true],
    ["in in (in)", { in: "in" }, true],
  ])("matches like Kubernetes: %j on the labels %j", (text, labels, matches) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(matches);
  });

  it.each([
    ["a=b=c", "found '=', expected: ',' or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: =, !=, ==, in, notin, >, <"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a,", "found '', expected: identifier after ','"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a==(", "unable to parse requirement: found '(', expected: identifier"],
  ])("reports the expected token in %j", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it("matches labels exactly by value", () => {
    const word = fc
      .stringMatching(/^[a-z][a-z0-9.-]{0,10}[a-z0-9]$/)
      .filter((text) => text !== "in" && text !== "notin");
    const labels = fc.dictionary(word, word, { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(labels, labels, (wanted, present) => {
        const selector = Object.entries(wanted).map(([key, value]) => `${key}=${value}`);
        const expected = Object.entries(wanted).every(([key, value]) => present[key] === value);
        expect(matchesLabels(parseLabelSelector(selector.join(",")), present)).toBe(expected);
        expect(matchesLabels(parseLabelSelector(selector.join(",")), { ...present, ...wanted })).toBe(true);
      }),
    );
  });
});
