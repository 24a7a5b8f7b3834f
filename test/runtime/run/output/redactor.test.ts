import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../../runtime/run/output/redactor.ts";

function knowing(...secrets: readonly unknown[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

describe("createRedactor", () => {
  it("redacts a secret anywhere in a text, plain, in JSON, in a URL or as base64", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
        const redactor = knowing(secret);
        const forms = [
          secret,
          JSON.stringify(secret),
          encodeURIComponent(secret),
          Buffer.from(secret).toString("base64"),
        ];
        // A text around it may itself hold the secret, or make it together with the mark: neither is the redactor's doing.
        fc.pre(!`${before}[redacted]${after}`.includes(secret) && !"[redacted]".includes(secret));
        for (const form of forms) {
          expect(redactor.text(`${before}${form}${after}`)).not.toContain(
            form === JSON.stringify(secret) ? form.slice(1, -1) : form,
          );
        }
      }),
    );
  });

  it("redacts keys, values and numbers at any depth in JSON", () => {
    const redactor = knowing("hunter22", 482_913);
    expect(redactor.json({ hunter22: [{ text: "is hunter22!" }, 482_913, "482913", 7, null, true] })).toStrictEqual({
      "[redacted]": [{ text: "is [redacted]!" }, "[redacted]", "[redacted]", 7, null, true],
    });
  });

  it("redacts every string of an object", () => {
    const redactor = knowing({ user: "admin-user", tokens: ["token-one"] });
    expect(redactor.text("admin-user used token-one")).toBe("[redacted] used [redacted]");
  });

  it("redacts the longer of two overlapping secrets completely", () => {
    expect(knowing("secret", "secret-longer").text("a secret-longer b")).toBe("a [redacted] b");
  });

  it("redacts a very short secret only as a whole value", () => {
    const redactor = knowing("ab");
    expect(redactor.json(["ab", "about"])).toStrictEqual(["[redacted]", "about"]);
  });

  it("changes nothing without a secret, or with an empty one", () => {
    const value = { a: ["text", 1] };
    expect(createRedactor().json(value)).toBe(value);
    expect(knowing("", null, undefined, true).text("text true")).toBe("text true");
  });

  it("passes on complete lines at once, and holds back only the possible beginning of a secret", () => {
    const redactor = knowing("hunter22-hunter22");
    const of = (text: string, isLast = false) => {
      const { clean, held } = redactor.bytes(Buffer.from(text), isLast);
      return [String(clean), String(held)];
    };
    expect(of("a line that ends as a secret begins: hunt\n")).toEqual([
      "a line that ends as a secret begins: hunt\n",
      "",
    ]);
    expect(of("working...")).toEqual(["working...", ""]);
    expect(of("50 %")).toEqual(["50 ", "%"]);
    expect(of("a word of base64 perhaps")).toEqual(["a word of base64 ", "perhaps"]);
    expect(of("key=hunter22-h")).toEqual(["key=", "hunter22-h"]);
    expect(of("key=hunter22-hunter22, and...")).toEqual(["key=[redacted], and...", ""]);
    // The rest never came: a word of a few letters may be any word, most of a secret is not.
    expect(of("hunt", true)).toEqual(["hunt", ""]);
    expect(of("still processing", true)).toEqual(["still processing", ""]);
    expect(of("key=hunter22-hunter2", true)).toEqual(["key=[redacted]", ""]);
  });

  it("finds a secret in base64 that is split into lines", () => {
    const text = `${"x".repeat(70)}hunter22-hunter22`;
    const wrapped = Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\n");
    expect(knowing("hunter22-hunter22").text(wrapped)).toContain("[redacted]");
  });
});
