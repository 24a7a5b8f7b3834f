import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { compareManifests, lineDiff } from "../../../deploy/release/compare.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import { applyServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const manifestsOf = (schedule: string) => renderManifests(renderInput("sweep", { access: {}, schedule }));

describe("compareManifests", () => {
  it("shows the lines that would change, and writes nothing", async () => {
    const { send, stored } = applyServer();
    const client = clientOver(send, { namespace: "default" });
    await applyManifests(client, manifestsOf("@daily"));
    const before = JSON.stringify([...stored]);
    const found = await compareManifests(client, manifestsOf("@hourly"), false);
    expect(found.map(({ object, change }) => `${object.kind} ${change}`)).toEqual([
      "ServiceAccount unchanged",
      "ConfigMap unchanged",
      "CronJob configured",
    ]);
    expect(found[2]?.lines).toContain('-   schedule: "@daily"');
    expect(found[2]?.lines).toContain('+   schedule: "@hourly"');
    expect(JSON.stringify([...stored])).toBe(before);
  });

  it("shows no lines of objects that would be created", async () => {
    const { send } = applyServer();
    const found = await compareManifests(clientOver(send, { namespace: "default" }), manifestsOf("@daily"), false);
    expect(found.map(({ change, lines }) => [change, lines])).toEqual(Array(3).fill(["created", []]));
  });
});

describe("lineDiff", () => {
  it("is empty when both are the same", async () => expect(await lineDiff("a\nb", "a\nb")).toEqual([]));

  it("shows what differs with two lines around it when much is the same", async () => {
    const before = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const after = before.with(4, "E");
    expect(await lineDiff(before.join("\n"), after.join("\n"))).toEqual([
      "  c",
      "  d",
      "- e",
      "+ E",
      "  f",
      "  g",
      "…",
    ]);
  });

  it("shows both ends with a gap between them when the first and the last line differ", async () => {
    expect(await lineDiff("1\n2\n3\n4\n5\n6\n7", "x\n2\n3\n4\n5\n6\ny")).toEqual([
      "- 1",
      "+ x",
      "  2",
      "  3",
      "…",
      "  5",
      "  6",
      "- 7",
      "+ y",
    ]);
  });

  it("shows only what was added when nothing was removed", async () => {
    expect(await lineDiff("a\nc", "a\nb\nc")).toEqual(["  a", "+ b", "  c"]);
  });

  it("gives only the lengths when a text is too long to compare", async () => {
    expect(await lineDiff("a", "b\n".repeat(3_000))).toEqual(["- 1 lines", "+ 3001 lines"]);
  });

  it("contains both texts in its lines", async () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        const lines = await lineDiff(before.join("\n"), after.join("\n"));
        if (lines.length === 0 || lines.includes("…")) return;
        const of = (sign: string) =>
          lines.filter((line) => line.startsWith(sign) || line.startsWith(" ")).map((line) => line.slice(2));
        expect(before.join()).toContain(of("-").join());
        expect(after.join()).toContain(of("+").join());
      }),
    );
  });
});
