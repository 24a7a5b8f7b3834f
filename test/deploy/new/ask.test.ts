import { describe, expect, it } from "vitest";
import { completeAnswers } from "../../../deploy/new/ask.ts";

describe("completeAnswers", () => {
  it("takes the read-only template when nobody can be asked", async () => {
    await expect(completeAnswers({ name: "tidy" }, false)).resolves.toMatchObject({ template: "inventory" });
  });

  it("asks nothing on a terminal when name and template are given", async () => {
    const given = { name: "tidy", template: "watch", ci: "github" } as const;
    await expect(completeAnswers(given, true)).resolves.toEqual(given);
  });

  it("refuses when the name is missing and nobody can be asked", async () => {
    await expect(completeAnswers({ template: "watch" }, false)).rejects.toThrow("A new job needs a name");
  });
});
