import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, decodeText, encode } from "../../../../runtime/kube/values/base64.ts";

test("decode reverses encode for any bytes [N4]", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decode(encode(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
});

test("encode encodes text as UTF-8 [N4]", () => {
  expect(encode("pässword")).toBe("cMOkc3N3b3Jk");
  expect(decodeText("cMOkc3N3b3Jk")).toBe("pässword");
});

test.each(["canary!", "YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "_-__"])(
  "decode refuses %j instead of skipping a part, and does not quote it [N4]",
  (text) => {
    expect(() => decode(text)).toThrow(`expected base64 as Kubernetes writes it, got ${text.length} other characters`);
    expect(() => decode(text)).not.toThrow(text);
  },
);
