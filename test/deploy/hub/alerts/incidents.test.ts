import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Change, changesOf, closeAll, type Incident } from "../../../../deploy/hub/alerts/incidents.ts";
import type { JudgedJob, JudgedRun, RuleName, Verdict } from "../../../../deploy/hub/alerts/judged.ts";
import { judge } from "../../../../deploy/hub/alerts/rules.ts";
import { jobOf, MINUTE_MS, runAt } from "./history.ts";

const LONG_AGO = new Date("2026-01-01T00:00:00Z");

/** What the hub keeps of incidents between two looks; a restart changes nothing of it. */
class Kept {
  readonly changes: Change[] = [];
  readonly #open = new Map<RuleName, Incident>();
  readonly #closed = new Map<RuleName, Incident>();

  look(
    job: JudgedJob,
    runs: readonly JudgedRun[],
    now: Date,
    rules?: readonly RuleName[],
    archiveSince: Date = LONG_AGO,
  ): Change[] {
    const verdicts = judge(job, runs, [], now).filter(({ rule }) => rules?.includes(rule) ?? true);
    return verdicts.flatMap((verdict) => this.take(job, verdict, now, archiveSince));
  }

  take(job: JudgedJob, verdict: Verdict, now: Date, archiveSince: Date): Change[] {
    const [open, closed] = [this.#open.get(verdict.rule), this.#closed.get(verdict.rule)];
    const known = { ...(open === undefined ? {} : { open }), ...(closed === undefined ? {} : { closed }) };
    const changes = changesOf(job, verdict, known, archiveSince, now);
    for (const { change, incident } of changes) {
      if (change !== "closed") this.#open.set(incident.rule, incident);
      else {
        this.#open.delete(incident.rule);
        this.#closed.set(incident.rule, incident);
      }
    }
    this.changes.push(...changes);
    return changes;
  }

  get open(): readonly Incident[] {
    return [...this.#open.values()];
  }
}

const said = (changes: readonly Change[]) => changes.map(({ change, incident }) => `${change} ${incident.rule}`);
const at = (hour: number, minute = 30) => new Date(Date.UTC(2026, 2, 2, hour, minute));
const failedAt = (hour: number) => runAt(at(hour, 0), { outcome: "failed" });
const okAt = (hour: number) => runAt(at(hour, 0));

describe("an incident", () => {
  it("opens once, and closes once", () => {
    const kept = new Kept();
    const runs = [okAt(0)];
    expect(said(kept.look(jobOf(), runs, at(0)))).toEqual([]);
    runs.push(failedAt(1));
    expect(said(kept.look(jobOf(), runs, at(1)))).toEqual(["opened failures"]);
    expect(said(kept.look(jobOf(), runs, at(1, 40)))).toEqual([]);
    runs.push(failedAt(2));
    expect(said(kept.look(jobOf(), runs, at(2)))).toEqual(["updated failures"]);
    runs.push(okAt(3));
    expect(kept.look(jobOf(), runs, at(3))).toMatchObject([
      { change: "closed", incident: { ending: "It succeeded after 1 min.", wellAt: at(3, 1), closedAt: at(3) } },
    ]);
    expect(said(kept.look(jobOf(), runs, at(3, 40)))).toEqual([]);
  });

  it("closes and another opens if the job recovered in between unnoticed", () => {
    const kept = new Kept();
    kept.look(jobOf(), [failedAt(1)], at(1));
    const changes = kept.look(jobOf(), [failedAt(1), okAt(2), failedAt(3)], at(3));
    expect(said(changes)).toEqual(["closed failures", "opened failures"]);
    expect(new Set(changes.map(({ incident }) => incident.id)).size).toBe(2);
  });

  it("neither closes nor reopens when its first runs are no longer kept", () => {
    const kept = new Kept();
    const [opened] = kept.look(jobOf(), [failedAt(1)], at(1));
    expect(said(kept.look(jobOf(), [], at(2, 5)))).not.toContain("closed failures");
    kept.look(jobOf(), [failedAt(5)], at(5));
    expect(kept.open.find(({ rule }) => rule === "failures")?.id).toBe(opened?.incident.id);
  });

  it("does not reopen for an old run when later ones are dropped", () => {
    const kept = new Kept();
    kept.look(jobOf(), [failedAt(1)], at(1));
    kept.look(jobOf(), [failedAt(1), okAt(2)], at(2));
    expect(said(kept.look(jobOf(), [failedAt(1)], at(2, 40), ["failures"]))).toEqual([]);
  });

  it("reopens as a new one when its rule is turned off and on", () => {
    const kept = new Kept();
    const [first] = kept.look(jobOf(), [failedAt(1)], at(1));
    expect(said(kept.look(jobOf(false), [failedAt(1)], at(1, 40)))).toEqual(["closed failures"]);
    expect(said(kept.look(jobOf(), [failedAt(1)], at(1, 50)))).toEqual([]);
    const [second] = kept.look(jobOf(), [failedAt(1), failedAt(2)], at(2));
    expect(second).toMatchObject({ change: "opened" });
    expect(second?.incident.id).not.toBe(first?.incident.id);
  });

  it("older than the archive is shown, and reported with the next run", () => {
    const kept = new Kept();
    const look = (runs: readonly JudgedRun[], now: Date) => kept.look(jobOf(), runs, now, ["failures"], at(1, 10));
    expect(look([failedAt(1)], at(1))).toMatchObject([{ change: "opened", incident: { isTold: false } }]);
    expect(look([failedAt(1), failedAt(2)], at(2))).toMatchObject([{ change: "told", incident: { isTold: true } }]);
    expect(said(look([failedAt(1), failedAt(2), failedAt(3)], at(3)))).toEqual(["updated failures"]);
  });

  it("has a stable id", () => {
    const [one, two] = [new Kept(), new Kept()].map((kept) => kept.look(jobOf(), [okAt(0), failedAt(1)], at(1)));
    expect(one?.[0]?.incident.id).toMatch(/^[0-9a-f]{16}$/);
    expect(one?.[0]?.incident.id).toBe(two?.[0]?.incident.id);
  });

  it("of a missed start closes when the run starts late, and stays on record", () => {
    const kept = new Kept();
    const late = runAt(at(6, 20), { due: at(6, 0) });
    expect(said(kept.look(jobOf(), [okAt(5)], at(6, 10)))).toEqual(["opened overdue"]);
    expect(kept.look(jobOf(), [okAt(5), late], at(6, 21))).toMatchObject([
      { change: "closed", incident: { since: at(6, 0), ending: "It started 20 min late." } },
    ]);
    expect(said(kept.look(jobOf(), [okAt(5), late], at(6, 50)))).toEqual([]);
  });

  it("closes with its job", () => {
    const kept = new Kept();
    kept.look(jobOf(), [failedAt(1)], at(1));
    expect(closeAll(kept.open, "The job was removed.", at(2))).toMatchObject([
      { change: "closed", incident: { ending: "The job was removed." } },
    ]);
  });
});

type Step = "succeeded" | "failed" | "outOfMemory" | "cancelled" | "dry" | "none" | "forget" | "pause" | "off";

describe("incidents of any history", () => {
  const steps = fc.array(
    fc.record({
      step: fc.constantFrom<Step>(
        "succeeded",
        "failed",
        "outOfMemory",
        "cancelled",
        "dry",
        "none",
        "forget",
        "pause",
        "off",
      ),
      isLookedAt: fc.boolean(),
    }),
    { maxLength: 30 },
  );

  /** One step an hour; what it leaves, and how the hub would look at it. */
  function play(
    history: readonly { readonly step: Step; readonly isLookedAt: boolean }[],
    kept: Kept,
    rules?: readonly RuleName[],
  ): JudgedRun[] {
    const all: JudgedRun[] = [];
    let remembered: JudgedRun[] = [];
    for (const [hour, { step, isLookedAt }] of history.entries()) {
      const start = new Date(LONG_AGO.getTime() + (hour + 1) * 60 * MINUTE_MS);
      if (step === "forget") remembered = remembered.slice(Math.ceil(remembered.length / 2));
      else if (step !== "none" && step !== "pause" && step !== "off") {
        const run =
          step === "dry" ? runAt(start, { isDryRun: true, outcome: "failed" }) : runAt(start, { outcome: step });
        all.push(run);
        remembered.push(run);
      }
      const job = jobOf(step === "off" ? false : rules === undefined ? {} : { overdue: false }, {
        isPaused: step === "pause",
      });
      if (isLookedAt) kept.look(job, remembered, new Date(start.getTime() + 30 * MINUTE_MS), rules);
    }
    return all;
  }

  it("open once and close once, one at a time per rule, without duplicates", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const kept = new Kept();
        play(history, kept);
        const opened = new Set<string>();
        const open = new Map<RuleName, string>();
        for (const { change, incident } of kept.changes) {
          if (change === "opened") {
            expect(open.has(incident.rule)).toBe(false);
            expect(opened.has(incident.id)).toBe(false);
            opened.add(incident.id);
            open.set(incident.rule, incident.id);
          } else {
            expect(open.get(incident.rule)).toBe(incident.id);
            if (change === "closed") open.delete(incident.rule);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are open exactly as long as the newest real run has failed, if the hub sees each run", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const seen = history
          .filter(({ step }) => step !== "off" && step !== "forget")
          .map(({ step }) => ({ step, isLookedAt: true }));
        const kept = new Kept();
        const telling = play(seen, kept, ["failures"]).filter(
          ({ isDryRun, outcome }) => !isDryRun && outcome !== "cancelled",
        );
        const isFailing = telling.length > 0 && telling.at(-1)?.outcome !== "succeeded";
        expect(kept.open.some(({ rule }) => rule === "failures")).toBe(isFailing);
        const streaks = telling.filter(
          ({ outcome }, index) =>
            outcome !== "succeeded" && (telling[index - 1]?.outcome ?? "succeeded") === "succeeded",
        );
        const opened = kept.changes.filter(
          ({ change, incident }) => change === "opened" && incident.rule === "failures",
        );
        expect(opened.map(({ incident }) => incident.run)).toEqual(streaks.map(({ run }) => run));
      }),
      { numRuns: 100 },
    );
  });
});
