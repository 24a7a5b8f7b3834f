import { describe, expect, it } from "vitest";
import { readRun } from "../../../deploy/runs/history/read-run.ts";
import type { EventObject, RunObjects } from "../../../deploy/runs/history/run-objects.ts";
import { timelineOf } from "../../../deploy/source/timeline.ts";
import {
  endedJob,
  eventFixture,
  jobFixture,
  podFixture,
  reportFixture,
  terminated,
} from "../runs/history/run-fixture.ts";

const report = reportFixture("succeeded", {
  startedAt: "2026-03-01T10:00:03.250Z",
  finishedAt: "2026-03-01T10:00:08.500Z",
});
const ended = podFixture(terminated(0, { reason: "Completed", message: JSON.stringify(report) }));
const onNode = { ...ended, spec: { ...ended.spec, containers: ended.spec?.containers ?? [], nodeName: "node-1" } };

function event(reason: string, message: string, at: string): EventObject {
  return { ...eventFixture(reason, message, { type: "Normal" }), firstTimestamp: at };
}

function steps(objects: Partial<RunObjects>) {
  const all: RunObjects = { job: endedJob("Complete"), pods: [onNode], events: [], ...objects };
  return timelineOf(all, readRun(all));
}

/** Of each step its name, when it was, how long it took and what it says. */
function lines(objects: Partial<RunObjects>): string[] {
  return steps(objects).map(({ step, at, tookMs, what }) => `${step} ${at.slice(17, -1)} ${tookMs ?? "-"} ${what}`);
}

describe("the timeline of a run", () => {
  it("has each step from the trigger to the end, with how long it took", () => {
    expect(
      lines({
        events: [
          event("Pulling", 'Pulling image "node:26"', "2026-03-01T10:00:01Z"),
          event(
            "Pulled",
            'Successfully pulled image "node:26" in 812ms (812ms including waiting)',
            "2026-03-01T10:00:02Z",
          ),
        ],
      }),
    ).toEqual([
      "Triggered 00.000 0 By hand",
      "Pod 00.000 1000 Placed on node-1",
      "Image 01.000 1000 Pulled in 812ms",
      "Start 02.000 1250 Container started",
      "Run 03.250 5250 The job",
      "End 08.500 - Exit code 0",
    ]);
  });

  it("says who triggered it, or how late its schedule started it", () => {
    const triggered = { ...endedJob("Complete") };
    const by = (annotations: Record<string, string>) =>
      steps({ job: { ...triggered, metadata: { ...triggered.metadata, annotations } } })[0];
    const due = "batch.kubernetes.io/cronjob-scheduled-timestamp";
    expect(by({ "errand/triggered-by": "ann" })).toMatchObject({ step: "Triggered", what: "By hand, as ann" });
    expect(by({ [due]: "2026-03-01T10:00:00Z" })).toMatchObject({ step: "Scheduled", what: "On time" });
    expect(by({ [due]: "2026-03-01T09:58:00Z" })).toMatchObject({
      step: "Scheduled",
      at: "2026-03-01T09:58:00.000Z",
      tookMs: 120_000,
      what: "Job created 120 s after it was due",
    });
  });

  it("says when the image was already on the node, and takes no events of another pod for it", () => {
    const there = event("Pulled", 'Container image "node:26" already present on machine', "2026-03-01T10:00:01Z");
    expect(steps({ events: [there] })).toContainEqual(
      expect.objectContaining({ step: "Image", what: "Already on the node" }),
    );
    const other = { ...there, involvedObject: { uid: "pod-7" } };
    expect(steps({ events: [other] }).some(({ step }) => step === "Image")).toBe(false);
  });

  it("stops at what keeps a waiting run, and lets the last step go on", () => {
    const pod = podFixture(undefined, {
      status: {
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" },
        ],
      },
    });
    expect(lines({ job: jobFixture(), pods: [pod] })).toEqual([
      "Triggered 00.000 0 By hand",
      "Pod 00.000 - 0/3 nodes are available",
    ]);
    expect(lines({ job: jobFixture(), pods: [] })).toEqual(["Triggered 00.000 - By hand"]);
  });

  it("has no run for one whose process never began, and no end for one that goes on", () => {
    const refused = podFixture({
      terminated: { exitCode: 128, reason: "StartError", message: "no such file", finishedAt: "2026-03-01T10:00:05Z" },
    });
    const named = (objects: Partial<RunObjects>) => steps(objects).map(({ step }) => step);
    expect(named({ job: endedJob("Failed"), pods: [refused] })).toEqual(["Triggered", "Pod", "End"]);
    const running = podFixture({ running: { startedAt: "2026-03-01T10:00:02Z" } });
    expect(lines({ job: jobFixture(), pods: [running] }).slice(2)).toEqual([
      "Start 02.000 0 Container started",
      "Run 02.000 - In progress",
    ]);
  });

  it("never lets a step begin before the one before it, whatever the clocks say", () => {
    const early = reportFixture("failed", { startedAt: "2026-03-01T09:59:58Z", finishedAt: "2026-03-01T09:59:59Z" });
    const pod = podFixture(terminated(137, { reason: "OOMKilled", message: JSON.stringify(early) }));
    const found = steps({ job: endedJob("Failed"), pods: [pod] });
    const times = found.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(found.every(({ tookMs = 0 }) => tookMs >= 0)).toBe(true);
    expect(found.at(-1)).toMatchObject({ step: "End", what: "Exit code 137, OOMKilled" });
  });

  it("leaves out steps whose times are no times", () => {
    const odd = {
      ...reportFixture("succeeded"),
      startedAt: "2026-03-01T10:00:03Z",
      finishedAt: "2026-03-01T10:00:08Z",
    };
    const pod = podFixture({ terminated: { exitCode: 0, startedAt: "soon", message: JSON.stringify(odd) } });
    expect(steps({ pods: [pod] }).map(({ step }) => step)).toEqual(["Triggered", "Pod", "Run", "End"]);
  });
});
