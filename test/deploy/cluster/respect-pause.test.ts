import { describe, expect, it } from "vitest";
import { applyManifests } from "../../../deploy/cluster/apply.ts";
import { respectPause } from "../../../deploy/cluster/respect-pause.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { PAUSED_ANNOTATION } from "../../../deploy/operate/pause.ts";
import { renderInput } from "../manifests/render-input.ts";
import { storeServer } from "./scripted-server.ts";

const CRON_JOB = "/apis/batch/v1/namespaces/team-a/cronjobs/sweep";
const manifests = renderManifests(renderInput("sweep", { access: {}, schedule: "@daily" }));
const cronJobOf = (all: typeof manifests | readonly (typeof manifests)[number][]) =>
  all.find(({ kind }) => kind === "CronJob");

async function deployed(annotations: Record<string, string>) {
  const { api, stored } = storeServer();
  await applyManifests(api, manifests);
  const live = stored.get(CRON_JOB);
  if (live === undefined) throw new Error("no CronJob");
  stored.set(CRON_JOB, { ...live, metadata: { ...live.metadata, annotations } });
  return api;
}

describe("respectPause", () => {
  it("leaves out suspend and nothing else when the job is paused", async () => {
    const found = await respectPause(await deployed({ [PAUSED_ANNOTATION]: "2026-03-01T10:00:00Z" }), manifests);
    expect(found.paused).toBe("2026-03-01T10:00:00Z");
    expect({ ...(cronJobOf(found.manifests)?.spec as object), suspend: false }).toEqual(cronJobOf(manifests)?.spec);
    expect(cronJobOf(found.manifests)?.spec).not.toHaveProperty("suspend");
    expect(found.manifests.slice(0, -1)).toEqual(manifests.slice(0, -1));
  });

  it("changes nothing when the job is not paused, or not there", async () => {
    expect(await respectPause(await deployed({}), manifests)).toEqual({ manifests, paused: undefined });
    expect(await respectPause(storeServer().api, manifests)).toEqual({ manifests, paused: undefined });
  });
});
