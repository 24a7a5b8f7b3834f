import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkResult, MAX_RESULT_BYTES } from "../../../../runtime/run/lifecycle/result.ts";
import { InvalidResultError } from "../../../../runtime/run/report/invalid-error.ts";

describe("checkResult", () => {
  it("gives the value when it is JSON, and nothing when there is none", async () => {
    await expect(checkResult(undefined, { deleted: 2, skipped: undefined })).resolves.toStrictEqual({ deleted: 2 });
    await expect(checkResult(undefined, undefined)).resolves.toBeUndefined();
    await expect(checkResult(undefined, null)).resolves.toBeNull();
  });

  it("refuses with the place when the value is not JSON", async () => {
    const refused = checkResult(undefined, { bytes: 1n });
    await expect(refused).rejects.toThrow(InvalidResultError);
    await expect(refused).rejects.toThrow("result.bytes is a BigInt");
  });

  it("gives what the schema makes of the value when there is one", async () => {
    const schema = z.object({ at: z.date().transform((date) => date.toISOString()) });
    await expect(checkResult(schema, { at: new Date(0) })).resolves.toStrictEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  it("names the field when the schema refuses it", async () => {
    await expect(checkResult(z.object({ deleted: z.number() }), { deleted: "2" })).rejects.toThrow(
      "result.deleted: Invalid input: expected number, received string",
    );
  });

  it("takes a result of exactly the limit and refuses one byte more when it is counted in UTF-8", async () => {
    const fits = "é".repeat((MAX_RESULT_BYTES - 2) / 2);
    await expect(checkResult(undefined, fits)).resolves.toBe(fits);
    await expect(checkResult(undefined, `${fits}a`)).rejects.toThrow(
      `result: ${MAX_RESULT_BYTES + 1} bytes of JSON, and at most ${MAX_RESULT_BYTES} can be reported`,
    );
  });
});
