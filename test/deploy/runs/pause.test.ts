import { describe, expect, it } from "vitest";
import { NEVER } from "../../../deploy/manifests/cron-job.ts";
import { pauseJob, resumeJob } from "../../../deploy/runs/pause.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import type { KubeRequest } from "../../../runtime/kube/requests/request.ts";
import { scriptedServer } from "../cluster/scripted-server.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";

const NOW = new Date("2026-03-01T10:50:00.123Z");
const PAUSED = { metadata: { annotations: { "errand/paused": "2026-03-01T09:00:00Z" } } };

function api() {
  const { send, requests } = scriptedServer(() => ({ body: {} }));
  return { client: clientOver(send, { namespace: "default" }), requests };
}

function applied({ method, path, query, body }: KubeRequest) {
  return { request: `${method} ${path}`, ...Object.fromEntries(query), object: JSON.parse(String(body)) };
}

describe("pauseJob", () => {
  it("applies suspend and the time as a manager of its own, so that a deploy can tell", async () => {
    const server = api();
    expect(await pauseJob(server.client, cronJobFixture(), NOW)).toBe("paused");
    expect(server.requests.map(applied)).toEqual([
      expect.objectContaining({
        request: "PATCH /apis/batch/v1/namespaces/shop/cronjobs/sweep",
        fieldManager: "errand-pause",
        force: "true",
        object: {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata: { name: "sweep", namespace: "shop", annotations: { "errand/paused": "2026-03-01T10:50:00Z" } },
          spec: { suspend: true },
        },
      }),
    ]);
  });

  it("makes no request when the job is paused already", async () => {
    const server = api();
    expect(await pauseJob(server.client, cronJobFixture({ suspend: true }, PAUSED), NOW)).toBe("unchanged");
    expect(server.requests).toEqual([]);
  });
});

describe("resumeJob", () => {
  it("takes suspend, and then lets go of everything that a pause owns", async () => {
    const server = api();
    expect(await resumeJob(server.client, cronJobFixture({ suspend: true }, PAUSED))).toBe("resumed");
    const metadata = { name: "sweep", namespace: "shop" };
    expect(server.requests.map((request) => applied(request).object)).toEqual([
      { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { suspend: false } },
      { apiVersion: "batch/v1", kind: "CronJob", metadata },
    ]);
  });

  it("makes no request when the job is not suspended", async () => {
    const server = api();
    expect(await resumeJob(server.client, cronJobFixture())).toBe("unchanged");
    expect(server.requests).toEqual([]);
  });
});

describe("pauseJob and resumeJob", () => {
  it("refuse a job without a schedule and make no request", async () => {
    const server = api();
    const onDemand = cronJobFixture({ schedule: NEVER, suspend: true });
    await expect(pauseJob(server.client, onDemand, NOW)).rejects.toThrow('Job "sweep" has no schedule');
    await expect(resumeJob(server.client, onDemand)).rejects.toThrow('Job "sweep" has no schedule');
    expect(server.requests).toEqual([]);
  });
});
