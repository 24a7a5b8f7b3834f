import { describe, expect, it } from "vitest";
import { completeParams, refuseMissing } from "../../../deploy/params/complete-params.ts";

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
  it("lets pairs win over what a file says", async () => {
    const sources = { param: ["most=3"], given: { most: 1, olderThan: "2h", tags: ["a"] } };
    expect(await completeParams(sources, SCHEMA, undefined)).toEqual({ most: 3, olderThan: "2h", tags: ["a"] });
  });

  it("says of a secret parameter what was expected, and not what was given", async () => {
    const sources = { param: [], given: { most: "hunter2-secret" }, secret: ["most"] };
    const failing = completeParams(sources, SCHEMA, undefined);
    await expect(failing).rejects.toThrow("most: expected integer");
    await expect(failing).rejects.not.toThrow("hunter2");
  });

  it("asks for what is missing and nothing else, where somebody can answer", async () => {
    const asked: string[] = [];
    const params = await completeParams({ param: ["most=3"] }, SCHEMA, async (names) => {
      asked.push(...names);
      return { olderThan: "5h" };
    });
    expect(asked).toEqual(["olderThan"]);
    expect(params).toEqual({ most: 3, olderThan: "5h" });
  });

  it.each([
    [{ moste: 1 }, '--params moste: the job has no such parameter; did you mean "most"?'],
    [{ most: "three" }, '--params: most: expected integer, got "three"'],
    [{ most: 1.5 }, "--params: most: expected integer, got 1.5"],
    [{ tags: "a" }, '--params: tags: expected array, got "a"'],
    [{ olderThan: null }, "--params: olderThan: expected string, got null"],
  ])("refuses %j of a file", async (given, message) => {
    await expect(completeParams({ param: [], given }, SCHEMA, undefined)).rejects.toThrow(message);
  });

  it("takes whatever a file says when the schema is not known", async () => {
    expect(await completeParams({ param: [], given: { any: [1] } }, undefined, undefined)).toEqual({ any: [1] });
  });
});

describe("refuseMissing", () => {
  it("names each missing parameter with its description", () => {
    expect(() => refuseMissing({ most: 1 }, SCHEMA)).toThrow("The job needs olderThan (age, such as 2h)");
    expect(() => refuseMissing({}, SCHEMA)).toThrow("The job needs olderThan (age, such as 2h), most");
    expect(() => refuseMissing({ most: 1, olderThan: "2h" }, SCHEMA)).not.toThrow();
  });
});
