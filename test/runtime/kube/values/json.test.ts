import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonBody, MAX_BODY_BYTES, parseJson } from "../../../../runtime/kube/values/json.ts";

test("parseJson keeps integers above 2^53 exact, and jsonBody writes them back unchanged [N1]", () => {
  const text = '{"runAsUser":9007199254740993,"list":[-9223372036854775808],"small":1}';
  expect(parseJson(text)).toEqual({ runAsUser: 9007199254740993n, list: [-9223372036854775808n], small: 1 });
  expect(jsonBody(parseJson(text))).toBe(text);
});

test("parseJson finds a long integer anywhere, among other digits and at the end of the text [N1]", () => {
  const others = [1, 123456789012345, "0123456789abcdef", 0.5];
  for (const digits of ["9007199254740993", "90071992547409931", "1234567890123456789"]) {
    for (let offset = 0; offset < 64; offset += 1) {
      const text = `{"${"7".repeat(offset % 15)}${"x".repeat(offset)}":${digits},"others":${JSON.stringify(others)}}`;
      expect(Object.values(parseJson(text) as object)).toEqual([BigInt(digits), others]);
      expect(parseJson(`${" ".repeat(offset)}[${digits}]`)).toEqual([BigInt(digits)]);
    }
  }
});

test("parseJson ignores digits in strings and long fractions [N1]", () => {
  expect(parseJson('{"a":"90071992547409931","b":0.12345678901234566,"c":": 90071992547409931,"}')).toEqual({
    a: "90071992547409931",
    b: 0.12345678901234566,
    c: ": 90071992547409931,",
  });
});

test("parseJson returns what was serialized, for any JSON [I17] [N3]", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(jsonBody(parseJson(JSON.stringify(value)))).toBe(JSON.stringify(value));
    }),
  );
});

test("parseJson does not touch prototypes for keys with their names [N5]", () => {
  const parsed = parseJson('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}}}') as {
    metadata: { labels: object };
  };
  expect(Object.getPrototypeOf(parsed.metadata.labels)).toBe(Object.prototype);
  expect(Object.keys(parsed.metadata.labels)).toEqual(["__proto__", "constructor"]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("jsonBody refuses %d [N6]", (value) => {
  expect(() => jsonBody({ spec: { replicas: value } })).toThrow("replicas");
});

test("jsonBody omits undefined fields [N6]", () => {
  expect(jsonBody({ a: undefined, b: 1 })).toBe('{"b":1}');
});

test("jsonBody refuses a body above the server's size limit [I16]", () => {
  expect(() => jsonBody({ data: "x".repeat(MAX_BODY_BYTES) })).toThrow("accepts at most");
});
