import { describe, expect, it } from "vitest";
import { cancelRun } from "../../../deploy/runs/cancel-run.ts";
import type { EventObject, PodObject } from "../../../deploy/runs/history/run-objects.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { scriptedServer, watchBody } from "../cluster/scripted-server.ts";
import { jobFixture, podFixture, reportFixture, terminated } from "./history/run-fixture.ts";

const NOW = new Date("2026-03-01T10:00:30Z");

interface Told {
  readonly type: string;
  readonly object: PodObject;
}

/** A server that has these pods, whose watch then tells these events, and that has these events of the last pod. */
function cancelAgainst(pods: readonly PodObject[], told: readonly Told[] = [], events: readonly EventObject[] = []) {
  const { send, requests } = scriptedServer(({ query, method, path }) => {
    if (method === "POST") return { body: { status: { userInfo: { username: "ada" } } } };
    if (path.endsWith("/events")) return { body: { items: events } };
    const changed = told.map(({ type, object }, index) => ({
      type,
      object: { ...object, metadata: { ...object.metadata, resourceVersion: String(index + 2) } },
    }));
    return { body: query.some(([name]) => name === "watch") ? watchBody(pods, changed) : {} };
  });
  const report = cancelRun(clientOver(send, { namespace: "default" }), jobFixture(), pods, NOW);
  const patches = () => requests.filter(({ method }) => method === "PATCH").map(({ body }) => JSON.parse(String(body)));
  return { report, requests, patches };
}

function keptReport(patch: { metadata: { annotations: Record<string, string> } }): Report {
  return JSON.parse(patch.metadata.annotations["errand/report"] ?? "null");
}

describe("cancelRun", () => {
  it("watches the pod first, moves the Job's deadline into the past, and keeps the report that the pod leaves", async () => {
    const left = reportFixture("cancelled", { progress: { done: 3 } });
    const running = podFixture({ running: {} });
    const { report, requests, patches } = cancelAgainst(
      [running],
      [{ type: "MODIFIED", object: podFixture(terminated(143, { message: JSON.stringify(left) })) }],
    );
    expect(await report).toEqual(left);
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /apis/authentication.k8s.io/v1/selfsubjectreviews",
      "GET /api/v1/namespaces/shop/pods",
      "PATCH /apis/batch/v1/namespaces/shop/jobs/sweep-kt2c4",
      "PATCH /apis/batch/v1/namespaces/shop/jobs/sweep-kt2c4",
    ]);
    const [end, keep] = patches();
    expect(end).toEqual({
      metadata: { annotations: { "errand/cancelled": "2026-03-01T10:00:30Z", "errand/cancelled-by": "ada" } },
      spec: { activeDeadlineSeconds: 1 },
    });
    expect(keptReport(keep)).toEqual(left);
  });

  it("reads the report of the very pod when a watch tells of another one too", async () => {
    const running = podFixture({ running: {} });
    const other = podFixture(terminated(0, { message: JSON.stringify(reportFixture("succeeded")) }), {
      failuresBefore: 7,
    });
    const last = podFixture(terminated(143, { message: JSON.stringify(reportFixture("cancelled")) }));
    const { report } = cancelAgainst(
      [running],
      [
        { type: "ADDED", object: other },
        { type: "DELETED", object: last },
      ],
    );
    expect((await report).outcome).toBe("cancelled");
  });

  it("says cancelled with the last progress when the pod had to be killed", async () => {
    const left = reportFixture("running", { progress: { done: 3 } });
    const killed = podFixture(terminated(137, { message: JSON.stringify(left) }));
    const { report } = cancelAgainst([podFixture({ running: {} })], [{ type: "DELETED", object: killed }]);
    expect(await report).toMatchObject({
      outcome: "cancelled",
      progress: { done: 3 },
      error: { message: expect.stringContaining("did not stop in time") },
    });
  });

  it.each([
    [
      "before it ran",
      podFixture({ waiting: { reason: "ContainerCreating" } }),
      "cancelled by hand before it started: nothing ran. It waited for: ContainerCreating",
    ],
    ["and nobody says how it ended", podFixture({ running: {} }), "it is not known how it ended"],
  ])("says cancelled when its pod is gone %s", async (_when, pod, message) => {
    const { report } = cancelAgainst([pod], [{ type: "DELETED", object: pod }]);
    expect(await report).toMatchObject({ outcome: "cancelled", error: { message: expect.stringContaining(message) } });
  });

  it("keeps a success that came before the signal", async () => {
    const done = podFixture(terminated(0, { message: JSON.stringify(reportFixture("succeeded")) }));
    const { report } = cancelAgainst([podFixture({ running: {} })], [{ type: "MODIFIED", object: done }]);
    expect((await report).outcome).toBe("succeeded");
  });

  it("ends a run that has no pod without watching one", async () => {
    const { report, requests, patches } = cancelAgainst([]);
    expect(await report).toMatchObject({
      outcome: "cancelled",
      error: { message: "cancelled by hand before it started: nothing ran" },
    });
    expect(requests.map(({ method }) => method)).toEqual(["POST", "PATCH", "PATCH"]);
    expect(keptReport(patches()[1])).toMatchObject({ outcome: "cancelled", finishedAt: "2026-03-01T10:00:30Z" });
  });

  it("keeps the report of a run that was over, and whose Job was not", async () => {
    const left = reportFixture("succeeded", { result: 7 });
    const { report, patches } = cancelAgainst([podFixture(terminated(0, { message: JSON.stringify(left) }))]);
    expect(await report).toEqual(left);
    expect(patches()[0].spec).toEqual({ activeDeadlineSeconds: 1 });
    expect(keptReport(patches()[1])).toEqual(left);
  });

  it("says which attempt was the last when the run waited for the next one", async () => {
    const failed = podFixture(terminated(1, { message: JSON.stringify(reportFixture("failed")) }), {
      failuresBefore: 1,
    });
    const { report } = cancelAgainst([failed]);
    expect((await report).error?.message).toBe("cancelled by hand after attempt 2, which ended as failed");
  });
});
