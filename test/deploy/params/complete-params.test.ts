import { describe, expect, it } from "vitest";
import { z } from "zod";
import { completeParams, refuseInvalid, refuseMissing } from "../../../deploy/params/complete-params.ts";
import { paramsJsonSchema } from "../../../deploy/params/params-schema.ts";
import type { Params } from "../../../deploy/params/read-params.ts";

const SCHEMA = {
  type: "object",
  properties: {
    olderThan: { type: "string", description: "age, such as 2h" },
    most: { type: "integer" },
    tags: { type: "array", items: { type: "string" } },
    mode: { enum: ["soft", "hard"] },
  },
  required: ["olderThan", "most"],
  additionalProperties: false,
};

describe("completeParams", () => {
  it("lets pairs win over a file", async () => {
    const sources = { param: ["most=3"], given: { most: 1, olderThan: "2h", tags: ["a"] } };
    expect(await completeParams(sources, SCHEMA, undefined)).toEqual({ most: 3, olderThan: "2h", tags: ["a"] });
  });

  it("says what was expected of a secret parameter, but not what was given", async () => {
    const sources = { param: [], given: { most: "hunter2-secret" }, secret: ["most"] };
    const failing = completeParams(sources, SCHEMA, undefined);
    await expect(failing).rejects.toThrow("most: expected integer");
    await expect(failing).rejects.not.toThrow("hunter2");
  });

  it("asks only for missing parameters, and only if somebody can answer", async () => {
    const asked: string[] = [];
    const params = await completeParams({ param: ["most=3"] }, SCHEMA, async (names) => {
      asked.push(...names);
      return { olderThan: "5h" };
    });
    expect(asked).toEqual(["olderThan"]);
    expect(params).toEqual({ most: 3, olderThan: "5h" });
  });

  it.each([
    [{ moste: 1 }, '--params: moste: the job has no such parameter; did you mean "most"?'],
    [{ most: "three" }, '--params: most: expected integer, got "three"'],
    [{ most: 1.5 }, "--params: most: expected integer, got 1.5"],
    [{ tags: "a" }, '--params: tags: expected array, got "a"'],
    [{ olderThan: null }, "--params: olderThan: expected string, got null"],
  ])("refuses %j of a file", async (given, message) => {
    await expect(completeParams({ param: [], given }, SCHEMA, undefined)).rejects.toThrow(message);
  });

  it("accepts whatever a file says when the schema is unknown", async () => {
    expect(await completeParams({ param: [], given: { any: [1] } }, undefined, undefined)).toEqual({ any: [1] });
  });
});

describe("refuseMissing", () => {
  it("names each missing parameter with its description", () => {
    expect(() => refuseMissing({ most: 1 }, SCHEMA)).toThrow(
      "invalid parameter: olderThan (age, such as 2h) is required",
    );
    expect(() => refuseMissing({}, SCHEMA)).toThrow(
      "invalid parameters: olderThan (age, such as 2h), most are required",
    );
    expect(() => refuseMissing({ most: 1, olderThan: "2h" }, SCHEMA)).not.toThrow();
  });
});

const BOUNDS = paramsJsonSchema(
  z.object({
    restarts: z.int().min(1).max(5).default(1).describe("how often"),
    olderThan: z.string().regex(/^\d+h$/),
    mail: z.email().optional(),
    mode: z.enum(["soft", "hard"]).optional(),
    tags: z.array(z.string().min(2)).max(2).optional(),
    stage: z
      .string()
      .regex(/^prod$/i)
      .optional(),
    width: z.union([z.number(), z.literal("full")]).optional(),
  }),
);

async function refusal(params: Params): Promise<Error> {
  return await refuseInvalid(params, BOUNDS).then(
    () => new Error("nothing was refused"),
    (error: Error) => error,
  );
}

describe("refuseInvalid", () => {
  it.each<[Params, string]>([
    [{ restarts: 0 }, "params.restarts: Too small: expected number to be >=1"],
    [{ restarts: 6 }, "params.restarts: Too big: expected number to be <=5"],
    [{ olderThan: "two" }, "params.olderThan: Invalid string: must match pattern /^\\d+h$/"],
    [{ mail: "nobody" }, "params.mail: Invalid email address"],
    [{ mode: "slow" }, 'params.mode: Invalid option: expected one of "soft"|"hard"'],
    [{ tags: ["aa", "b"] }, "params.tags[1]: Too small: expected string to have >=2 characters"],
    [{ tags: ["aa", "bb", "cc"] }, "params.tags: Too big: expected array to have <=2 items"],
    [
      { width: "half" },
      'params.width: Invalid input: expected number, received string, or Invalid input: expected "full"',
    ],
    [{ restarts: 0, mode: "slow" }, "params.restarts: Too small: expected number to be >=1; mode is invalid too"],
  ])("names the parameter and what was expected when it is %j", async (params, message) => {
    expect((await refusal({ olderThan: "2h", ...params })).message).toBe(message);
  });

  it("exits with the code of an invalid run, and repeats the parameter's description", async () => {
    expect(await refusal({ olderThan: "2h", restarts: 0 })).toMatchObject({
      exitCode: 64,
      hint: expect.stringMatching(/Set restarts to another value.*: how often$/),
    });
  });

  it("accepts what the schema accepts, and everything without a schema that zod can read", async () => {
    await refuseInvalid({ olderThan: "2h", restarts: 5, tags: ["aa"], width: "full" }, BOUNDS);
    await refuseInvalid({ olderThan: "2h", stage: "PROD" }, BOUNDS);
    await refuseInvalid({ any: 1 }, undefined);
    await refuseInvalid({ any: 1 }, { type: "object", unevaluatedProperties: false });
  });
});
