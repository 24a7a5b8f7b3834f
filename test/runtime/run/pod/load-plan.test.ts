import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlan, planHash, planTitle } from "../../../../runtime/run/pod/load-plan.ts";
import { project } from "../../../support/project.ts";

const folder = project();
function file(text: string): string {
  const path = join(folder, "plan.json");
  writeFileSync(path, text);
  return path;
}

describe("loadPlan", () => {
  it("creates a plan to record", () => expect(loadPlan("record").report()).toEqual({ changes: [] }));

  it("enforces the plan of a file, identified by the hash of its bytes", () => {
    const change = { verb: "delete", resource: "pods", namespace: "shop", name: "web-1", uid: "u1" };
    const text = JSON.stringify({ changes: [change] });
    expect(loadPlan({ file: file(text), sha256: planHash(text) }).report()).toMatchObject({
      hash: planTitle(planHash(text)),
      planned: 1,
      made: 0,
    });
    expect(planHash(text)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ["there is no file", () => ({ file: join(folder, "none"), sha256: planHash("") }), "ENOENT"],
    ["it is no JSON", () => ({ file: file("{"), sha256: planHash("{") }), "JSON"],
    ["it holds no changes", () => ({ file: file("{}"), sha256: planHash("{}") }), "it has no changes"],
    ["it is not the plan", () => ({ file: file("{ }"), sha256: planHash("{}") }), `started with ${planHash("{}")}`],
    ["nobody says which plan", () => ({ file: file("{}"), sha256: "" }), "started with none"],
  ])("refuses to start if %s", (_case, source, why) => {
    expect(() => loadPlan(source())).toThrow(
      expect.objectContaining({ reason: "InvalidPlan", message: expect.stringContaining(why) }),
    );
  });
});
