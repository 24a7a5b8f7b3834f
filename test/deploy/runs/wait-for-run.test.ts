import { describe, expect, it } from "vitest";
import type { EventObject, JobObject, PodObject } from "../../../deploy/runs/history/run-objects.ts";
import { waitForRun } from "../../../deploy/runs/wait-for-run.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import { TransportError } from "../../../runtime/kube/errors/kube-error.ts";
import { NOT_FOUND, scriptedServer, watchBody } from "../cluster/scripted-server.ts";
import { endedJob, eventFixture, jobFixture, podFixture, reportFixture, terminated } from "./history/run-fixture.ts";

interface World {
  readonly job?: JobObject;
  readonly pod?: PodObject;
  readonly log?: string;
  readonly event?: EventObject;
}

/** As the kubelet gives a log that is asked for with its times. */
function stamped(log: string): string {
  return log.replaceAll(/^(?=.)/gm, "2026-03-01T10:00:02.000000000Z ");
}

/** A cluster with one run; the n-th look at the Job sees the n-th world, and the last one from then on. */
function runServer(worlds: readonly (World | "silence")[]) {
  let looks = -1;
  return scriptedServer(({ path }) => {
    if (path.includes("/jobs/")) looks += 1;
    const world = worlds[Math.min(Math.max(looks, 0), worlds.length - 1)] ?? {};
    if (world === "silence")
      throw new TransportError("no answer", { code: "ECONNRESET", sent: true, outcomeUnknown: false });
    if (path.endsWith("/log")) return { body: stamped(world.log ?? "") };
    if (path.includes("/jobs/")) return world.job === undefined ? NOT_FOUND : { body: world.job };
    if (path.endsWith("/pods")) return { body: { items: world.pod === undefined ? [] : [world.pod] } };
    return { body: { items: world.event === undefined ? [] : [world.event] } };
  });
}

async function wait(worlds: readonly (World | "silence")[], signal?: AbortSignal) {
  const lines: string[] = [];
  const { send } = runServer(worlds);
  const options = {
    onLine: (line: string) => lines.push(line),
    pollMs: 1,
    ...(signal === undefined ? {} : { signal }),
  };
  const record = await waitForRun(clientOver(send, { namespace: "default" }), jobFixture(), options);
  return { record, lines };
}

const short = reportFixture("succeeded", { dropped: ["result"] });
const full = reportFixture("succeeded", { result: "x".repeat(5_000) });
const done: World = {
  job: endedJob("Complete"),
  pod: podFixture(terminated(0, { message: JSON.stringify(short) })),
  log: `a line\n${JSON.stringify(full)}\n`,
};

describe("waitForRun", () => {
  it("gives the report of the log, in full, when the termination message had to be shortened", async () => {
    const { record, lines } = await wait([done]);
    expect(record).toEqual({ phase: "finished", report: full, pod: "sweep-kt2c4-0-0" });
    expect(lines).toEqual(["a line"]);
  });

  it("says each state once while it changes", async () => {
    const waiting = { job: jobFixture(), pod: podFixture({ waiting: { reason: "ContainerCreating", message: "" } }) };
    const { lines } = await wait([waiting, waiting, done]);
    expect(lines.filter((line) => line.startsWith("waiting: ContainerCreating"))).toHaveLength(1);
  });

  it("says once that a quota is full when each refused pod has another name, and again when its numbers change", async () => {
    const refused = (pod: string, used: number) => {
      const message = `Error creating: pods "sweep-kt2c4-0-${pod}" is forbidden: exceeded quota: few, used: pods=${used}`;
      return { job: jobFixture(), event: eventFixture("FailedCreate", message) };
    };
    const { lines } = await wait([refused("aaaaa", 3), refused("bbbbb", 3), refused("ccccc", 4), done]);
    const told = lines.filter((line) => line.startsWith("waiting: FailedCreate"));
    expect(told).toEqual([expect.stringContaining("0-aaaaa"), expect.stringContaining("0-ccccc")]);
  });

  it("goes on when the API server is silent for a moment", async () => {
    const { record, lines } = await wait(["silence", done]);
    expect(record.phase).toBe("finished");
    expect(lines[0]).toContain("does not answer");
  });

  it("watches again, and polls no more, once a server that was silent at the start answers", async () => {
    let watches = 0;
    let polls = 0;
    const { send } = scriptedServer(({ path, query }) => {
      if (query.some(([name]) => name === "watch")) {
        watches += 1;
        // The first watch of the Job and the first of its pods.
        if (watches <= 2)
          throw new TransportError("no answer", { code: "ECONNREFUSED", sent: false, outcomeUnknown: false });
        return { body: watchBody(path.endsWith("/jobs") ? [endedJob("Complete")] : [done.pod ?? {}]) };
      }
      if (path.endsWith("/log")) return { body: stamped(done.log ?? "") };
      if (path.includes("/jobs/")) polls += 1;
      return path.includes("/jobs/") ? { body: jobFixture() } : { body: { items: [] } };
    });
    const client = clientOver(send, { namespace: "shop" });
    const record = await waitForRun(client, jobFixture(), { onLine: () => {}, pollMs: 1 });
    expect(record.report).toEqual(full);
    expect(polls).toBe(1);
  });

  it("takes the Job and its pods from their watches, and asks for nothing again", async () => {
    const running = podFixture({ running: {} });
    const { pod = running, log = "" } = done;
    const ended = { ...pod, metadata: { ...pod.metadata, resourceVersion: "2" } };
    const over = endedJob("Complete");
    const job = { ...over, metadata: { ...over.metadata, resourceVersion: "2" } };
    const { send, requests } = scriptedServer(({ path }) => {
      if (path.endsWith("/log")) return { body: stamped(log) };
      if (path.endsWith("/jobs")) return { body: watchBody([jobFixture()], [{ type: "MODIFIED", object: job }]) };
      return { body: watchBody([running], [{ type: "MODIFIED", object: ended }]) };
    });
    const client = clientOver(send, { namespace: "shop" });
    const record = await waitForRun(client, jobFixture(), { onLine: () => {}, pollMs: 1 });
    expect(record.report).toEqual(full);
    const asked = requests.map(
      ({ path, query }) => `${path}${query.some(([name]) => name === "watch") ? "?watch" : ""}`,
    );
    const log1 = "/api/v1/namespaces/shop/pods/sweep-kt2c4-0-0/log";
    expect(asked.toSorted()).toEqual([
      log1,
      // Nothing more has come since its end.
      log1,
      "/api/v1/namespaces/shop/pods?watch",
      "/apis/batch/v1/namespaces/shop/jobs?watch",
    ]);
  });

  it("goes on when the API server no longer knows where a watch was", async () => {
    const expired = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } };
    const over = endedJob("Complete");
    const later = { ...over, metadata: { ...over.metadata, resourceVersion: "2" } };
    let watches = 0;
    const { send } = scriptedServer(({ path, query }) => {
      if (path.endsWith("/pods")) return { body: watchBody([]) };
      if (!query.some(([name]) => name === "watch")) return { body: { items: [] } };
      watches += 1;
      return { body: watches === 1 ? watchBody([jobFixture()], [expired]) : watchBody([later]) };
    });
    const client = clientOver(send, { namespace: "shop" });
    const lines: string[] = [];
    const record = await waitForRun(client, jobFixture(), { onLine: (line) => lines.push(line), pollMs: 1 });
    expect(record.phase).toBe("finished");
    expect(lines.join()).not.toContain("does not answer");
  });

  it("gives the last record when its time is over", async () => {
    const { record } = await wait([{ job: jobFixture() }], AbortSignal.abort());
    expect(record).toMatchObject({ phase: "waiting", waiting: { reason: "Pending" } });
  });

  it("fails when the run is removed, or another has its name", async () => {
    await expect(wait([{}])).rejects.toThrow("was removed during the wait");
    const other = jobFixture({}, { uid: "other" });
    await expect(wait([{ job: other }])).rejects.toThrow("was removed during the wait");
  });
});
