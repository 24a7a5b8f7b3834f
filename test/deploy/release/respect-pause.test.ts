import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { describePause, respectPause } from "../../../deploy/release/respect-pause.ts";
import { PAUSED_ANNOTATION } from "../../../deploy/runs/pause.ts";
import { storeServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const CRON_JOB = "/apis/batch/v1/namespaces/team-a/cronjobs/sweep";
const manifests = renderManifests(renderInput("sweep", { access: {}, schedule: "@daily" }));
const cronJobOf = (all: typeof manifests | readonly (typeof manifests)[number][]) =>
  all.find(({ kind }) => kind === "CronJob");

async function deployed(annotations: Record<string, string>, spec: object = {}, managedFields: readonly object[] = []) {
  const { client, stored } = storeServer();
  await applyManifests(client, manifests);
  const live = stored.get(CRON_JOB);
  if (live === undefined) throw new Error("no CronJob");
  const metadata = { ...live.metadata, annotations, managedFields };
  stored.set(CRON_JOB, { ...live, spec: { ...(live.spec as object), ...spec }, metadata });
  return client;
}

describe("respectPause", () => {
  it("leaves out suspend and nothing else when the job is paused", async () => {
    const found = await respectPause(await deployed({ [PAUSED_ANNOTATION]: "2026-03-01T10:00:00Z" }), manifests);
    expect(found.paused).toBe("2026-03-01T10:00:00Z");
    expect({ ...(cronJobOf(found.manifests)?.spec as object), suspend: false }).toEqual(cronJobOf(manifests)?.spec);
    expect(cronJobOf(found.manifests)?.spec).not.toHaveProperty("suspend");
    expect(found.manifests.slice(0, -1)).toEqual(manifests.slice(0, -1));
  });

  it("leaves out suspend, and says who has set it, when somebody has suspended the job without errand", async () => {
    const live = await deployed({}, { suspend: true, schedule: "@hourly" }, [
      { manager: "errand", fieldsV1: { "f:spec": { "f:schedule": {} } } },
      { manager: "kubectl-patch", fieldsV1: { "f:spec": { "f:suspend": {} } } },
    ]);
    const found = await respectPause(live, manifests);
    expect(cronJobOf(found.manifests)?.spec).not.toHaveProperty("suspend");
    expect(describePause(found, "sweep", "team-a")).toBe(
      "sweep stays suspended (by kubectl-patch); to restart its schedule: errand resume sweep -n team-a",
    );
  });

  it.each([
    ["it had no schedule until now", { suspend: true, schedule: "0 0 31 2 *" }, "somebody"],
    ["errand itself has set it", { suspend: true, schedule: "@hourly" }, "errand"],
  ])("starts the schedule of a suspended job when %s", async (_case, spec, manager) => {
    const live = await deployed({}, spec, [{ manager, fieldsV1: { "f:spec": { "f:suspend": {} } } }]);
    expect((await respectPause(live, manifests)).manifests).toEqual(manifests);
  });

  it("changes nothing when the job is not paused, or not there", async () => {
    expect(await respectPause(await deployed({}), manifests)).toMatchObject({ manifests, paused: undefined });
    expect(await respectPause(storeServer().client, manifests)).toEqual({ manifests, paused: undefined });
  });
});
