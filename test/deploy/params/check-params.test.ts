import { describe, expect, it } from "vitest";
import { z } from "zod";
import { refuseInvalid } from "../../../deploy/params/check-params.ts";
import { paramsJsonSchema } from "../../../deploy/params/params-schema.ts";
import type { Params } from "../../../deploy/params/read-params.ts";

const SCHEMA = paramsJsonSchema(
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
  return await refuseInvalid(params, SCHEMA).then(
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
    [{ restarts: 0, mode: "slow" }, "params.restarts: Too small: expected number to be >=1; mode is wrong too"],
  ])("names the parameter and what was expected when it is %j", async (params, message) => {
    expect((await refusal({ olderThan: "2h", ...params })).message).toBe(message);
  });

  it("ends with the code of an invalid run, and repeats the parameter's description", async () => {
    expect(await refusal({ olderThan: "2h", restarts: 0 })).toMatchObject({
      exitCode: 64,
      hint: expect.stringMatching(/Give restarts another value.*: how often$/),
    });
  });

  it("lets pass what the schema takes, and everything where there is no schema or one that zod cannot read", async () => {
    await refuseInvalid({ olderThan: "2h", restarts: 5, tags: ["aa"], width: "full" }, SCHEMA);
    await refuseInvalid({ olderThan: "2h", stage: "PROD" }, SCHEMA);
    await refuseInvalid({ any: 1 }, undefined);
    await refuseInvalid({ any: 1 }, { type: "object", unevaluatedProperties: false });
  });
});
