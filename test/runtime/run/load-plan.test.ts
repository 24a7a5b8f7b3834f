import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPlan, planHash } from "../../../runtime/run/load-plan.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-plan-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "plan.json");
  writeFileSync(path, text);
  return path;
}

describe("loadPlan", () => {
  it("begins a plan when it is told to record one", () => expect(loadPlan("record").report()).toEqual({ changes: [] }));

  it("keeps to the plan of a file, under the hash over its bytes", () => {
    const change = { verb: "delete", resource: "pods", namespace: "shop", name: "web-1", uid: "u1" };
    const text = JSON.stringify({ changes: [change] });
    expect(loadPlan(file(text)).report()).toMatchObject({ hash: planHash(text), planned: 1, made: 0 });
  });

  it.each([
    ["there is no file", () => join(folder, "none"), "ENOENT"],
    ["it is no JSON", () => file("{"), "JSON"],
    ["it holds no changes", () => file("{}"), "it has no changes"],
  ])("refuses to begin when %s", (_case, path, why) => {
    expect(() => loadPlan(path())).toThrow(
      expect.objectContaining({ reason: "InvalidPlan", message: expect.stringContaining(why) }),
    );
  });
});
