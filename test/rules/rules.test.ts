import { describe, expect, it } from "vitest";
import { findProofs, proofsIn, ruleTable } from "./proofs.ts";
import { DECIDED_BY_KUBERNETES, RULES } from "./rules.ts";

const proofs = findProofs();

function heldBy(on?: "real"): Set<string> {
  return new Set(proofs.filter((one) => on === undefined || one.on === on).flatMap(({ rules }) => rules));
}

describe("the rules", () => {
  it("are each named in the title of a test", () => {
    expect(Object.keys(RULES).filter((rule) => !heldBy().has(rule))).toEqual([]);
  });

  it("are each tested on a real API server if Kubernetes decides", () => {
    const held = heldBy("real");
    expect(DECIDED_BY_KUBERNETES.filter((rule) => !held.has(rule))).toEqual([]);
  });

  it("of all titles exist", () => {
    const unknown = proofs.flatMap(({ file, rules }) =>
      rules.filter((rule) => !(rule in RULES)).map((rule) => `${file}: ${rule}`),
    );
    expect(unknown).toEqual([]);
    expect(DECIDED_BY_KUBERNETES.filter((rule) => !(rule in RULES))).toEqual([]);
  });

  it("are found in titles in any quotes, and not elsewhere", () => {
    const text = 'it("a [A1] [B2]", f);\ntest.each([1])(`b %i [C3]`, g);\n// [D4]\nconst rows = [A5];\n';
    expect(proofsIn("cluster/x.test.ts", text)).toEqual([
      { file: "cluster/x.test.ts", on: "real", title: "a", rules: ["A1", "B2"] },
      { file: "cluster/x.test.ts", on: "real", title: "b %i", rules: ["C3"] },
    ]);
  });

  it("are in the committed table with their tests", async () => {
    await expect(ruleTable(proofs)).toMatchFileSnapshot("RULES.md");
  });
});
