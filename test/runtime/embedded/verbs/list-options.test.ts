import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeContinue, encodeContinue } from "../../../../runtime/embedded/verbs/list-options.ts";

describe("continue tokens", () => {
  it("decode to the encoded position", () => {
    fc.assert(
      fc.property(
        fc.integer().filter((n) => n !== 0),
        fc.string({ minLength: 1 }),
        (revision, start) => {
          expect(decodeContinue(encodeContinue({ revision, start }))).toEqual({ revision, start });
        },
      ),
    );
  });

  it.each([
    ["nonsense", "continue key is not valid"],
    [Buffer.from("{}").toString("base64url"), "continue key is not valid"],
    [encodeContinue({ revision: 0, start: "a" }), "incorrect encoded start resourceVersion"],
    [encodeContinue({ revision: 1, start: "" }), "encoded start key empty"],
  ])("are refused if invalid: %s", (token, message) => {
    expect(() => decodeContinue(token)).toThrow(message);
  });
});
