import { describe, expect, it } from "vitest";
import { completeAnswers } from "../../../deploy/new/ask.ts";

describe("completeAnswers", () => {
  it("takes the template that changes nothing when nobody can be asked", async () => {
    await expect(completeAnswers({ name: "tidy" }, false)).resolves.toMatchObject({ template: "inventory" });
  });

  it("asks nothing when name and template are given on a terminal", async () => {
    const given = { name: "tidy", template: "watch", ci: "github" } as const;
    await expect(completeAnswers(given, true)).resolves.toEqual(given);
  });

  it("refuses when the name is missing and nobody can be asked", async () => {
    await expect(completeAnswers({ template: "watch" }, false)).rejects.toThrow("A new job needs a name");
  });
});
