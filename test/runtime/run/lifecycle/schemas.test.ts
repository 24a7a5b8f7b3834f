import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  checkResult,
  ignoredParams,
  MAX_RESULT_BYTES,
  parseParams,
  validateParams,
} from "../../../../runtime/run/lifecycle/schemas.ts";
import { InvalidParamsError, InvalidResultError } from "../../../../runtime/run/report/failure.ts";

describe("parseParams", () => {
  it("parses a JSON object", () => {
    expect(parseParams('{"a":[1]}')).toStrictEqual({ a: [1] });
  });

  it.each([undefined, "", "  "])("returns no parameters for %j", (text) => {
    expect(parseParams(text)).toStrictEqual({});
  });

  it.each(["[1]", "1", "null", '"text"'])("refuses %s, which is not an object", (text) => {
    expect(() => parseParams(text)).toThrow(InvalidParamsError);
    expect(() => parseParams(text)).toThrow("expected a JSON object");
  });

  it("does not quote text that is not JSON, because it may contain a secret", () => {
    expect(() => parseParams('{"token": s3cr3t}')).toThrow(
      /^params: expected a JSON object, got text that is not JSON$/,
    );
  });
});

describe("validateParams", () => {
  it("returns the schema's output", async () => {
    const schema = z.object({ olderThan: z.string().default("1h"), max: z.coerce.number() });
    await expect(validateParams(schema, { max: "5" })).resolves.toStrictEqual({ olderThan: "1h", max: 5 });
  });

  it("names each field and the expected value", async () => {
    const schema = z.object({ olderThan: z.string(), pods: z.array(z.object({ name: z.string() })) });
    await expect(validateParams(schema, { olderThan: 5, pods: [{}] })).rejects.toThrow(
      "params.olderThan: Invalid input: expected string, received number\nparams.pods[0].name: Invalid input: expected string, received undefined",
    );
  });

  it("names a key that a strict schema refuses", async () => {
    await expect(validateParams(z.strictObject({}), { olderthan: "1h" })).rejects.toThrow(
      'params: Unrecognized key: "olderthan"',
    );
  });

  it("accepts any Standard Schema, including asynchronous ones with paths of objects", async () => {
    const issues = [{ message: "too old", path: [{ key: "a" }, 0] }];
    const schema = { "~standard": { version: 1, vendor: "own", validate: async () => ({ issues }) } } as const;
    await expect(validateParams(schema, {})).rejects.toThrow("params.a[0]: too old");
  });

  it("names ten problems and counts the others", async () => {
    const schema = z.array(z.string());
    await expect(
      validateParams(
        schema,
        Array.from({ length: 13 }, () => 1),
      ),
    ).rejects.toThrow(/params\[9\]: .*\nand 3 more$/);
  });

  it("refuses parameters if the job takes none", async () => {
    await expect(validateParams(undefined, { olderThan: "1h" })).rejects.toThrow(
      "params.olderThan: this job takes no parameters",
    );
    await expect(validateParams(undefined, {})).resolves.toStrictEqual({});
  });
});

describe("ignoredParams", () => {
  it("returns the names that the schema dropped", async () => {
    const given = { olderthan: "1h", toString: "x", max: 1 };
    expect(ignoredParams(given, await validateParams(z.object({ max: z.number() }), given))).toStrictEqual([
      "olderthan",
      "toString",
    ]);
  });
});

describe("checkResult", () => {
  it("returns a JSON value, and undefined for none", async () => {
    await expect(checkResult(undefined, { deleted: 2, skipped: undefined })).resolves.toStrictEqual({ deleted: 2 });
    await expect(checkResult(undefined, undefined)).resolves.toBeUndefined();
    await expect(checkResult(undefined, null)).resolves.toBeNull();
  });

  it("refuses a value that is not JSON, naming the place", async () => {
    const refused = checkResult(undefined, { bytes: 1n });
    await expect(refused).rejects.toThrow(InvalidResultError);
    await expect(refused).rejects.toThrow("result.bytes is a BigInt");
  });

  it("returns the schema's output", async () => {
    const schema = z.object({ at: z.date().transform((date) => date.toISOString()) });
    await expect(checkResult(schema, { at: new Date(0) })).resolves.toStrictEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  it("names the field that the schema refuses", async () => {
    await expect(checkResult(z.object({ deleted: z.number() }), { deleted: "2" })).rejects.toThrow(
      "result.deleted: Invalid input: expected number, received string",
    );
  });

  it("accepts a result of exactly the limit in UTF-8, but not one byte more", async () => {
    const fits = "é".repeat((MAX_RESULT_BYTES - 2) / 2);
    await expect(checkResult(undefined, fits)).resolves.toBe(fits);
    await expect(checkResult(undefined, `${fits}a`)).rejects.toThrow(
      `result: ${MAX_RESULT_BYTES + 1} bytes of JSON is too large; the maximum is ${MAX_RESULT_BYTES}`,
    );
  });
});
