import { describe, expect, it } from "vitest";
import { clusterApi } from "../../../deploy/cluster/cluster-api.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { compareManifests } from "../../../deploy/release/compare.ts";
import { applyServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const manifestsOf = (schedule: string) => renderManifests(renderInput("sweep", { access: {}, schedule }));

describe("compareManifests", () => {
  it("shows the lines that would be others, and writes nothing, when the schedule is another", async () => {
    const { send, stored } = applyServer();
    const api = clusterApi(send);
    await applyManifests(api, manifestsOf("@daily"));
    const before = JSON.stringify([...stored]);
    const found = await compareManifests(api, manifestsOf("@hourly"), false);
    expect(found.map(({ object, change }) => `${object.kind} ${change}`)).toEqual([
      "ServiceAccount unchanged",
      "ConfigMap unchanged",
      "CronJob configured",
    ]);
    expect(found[2]?.lines).toContain('-   schedule: "@daily"');
    expect(found[2]?.lines).toContain('+   schedule: "@hourly"');
    expect(JSON.stringify([...stored])).toBe(before);
  });

  it("shows no lines of what would be created when nothing is there", async () => {
    const { send } = applyServer();
    const found = await compareManifests(clusterApi(send), manifestsOf("@daily"), false);
    expect(found.map(({ change, lines }) => [change, lines])).toEqual(Array(3).fill(["created", []]));
  });
});
