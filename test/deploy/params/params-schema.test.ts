import { describe, expect, it } from "vitest";
import { z } from "zod";
import { findSecretParamProblems } from "../../../deploy/params/params-schema.ts";
import { defineJob } from "../../../runtime/index.ts";

function problemsOf(params: z.ZodType | undefined, ...secretParams: readonly string[]) {
  const job = defineJob({ access: {}, secretParams, ...(params === undefined ? {} : { params }), run() {} });
  return findSecretParamProblems(job).map(({ field, message }) => `${field}: ${message}`);
}

describe("secretParams", () => {
  it.each([
    ["strict", z.strictObject({ token: z.string(), days: z.int() })],
    ["not strict", z.object({ token: z.string(), days: z.int() })],
  ])("names what is not a parameter, and the likely one, when the schema is %s", (_kind, params) => {
    expect(problemsOf(params, "token", "tokn")).toEqual([
      'secretParams: "tokn" is not a parameter; did you mean "token"?',
    ]);
  });

  it("names all of them when the job takes no parameters", () => {
    expect(problemsOf(undefined, "token")).toEqual(['secretParams: "token" is not a parameter']);
  });

  it("says nothing when the schema accepts any name, or does not tell", () => {
    expect(problemsOf(z.looseObject({ days: z.int() }), "token")).toEqual([]);
    expect(problemsOf(z.record(z.string(), z.string()), "token")).toEqual([]);
    expect(problemsOf(z.union([z.object({ token: z.string() }), z.object({ key: z.string() })]), "token")).toEqual([]);
  });
});
