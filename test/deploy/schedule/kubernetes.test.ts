import { describe, expect, it } from "vitest";
import { readCronSchedule } from "../../../deploy/schedule/cron-schedule.ts";
import { lastDue } from "../../../deploy/schedule/next-run.ts";
import { describeSchedule, nextRuns } from "../../../deploy/schedule/schedule.ts";
import { isTimeZone } from "../../../deploy/schedule/time-zone.ts";
// What Kubernetes' own code says; written by: npx vitest run --project cluster test/cluster/cron.test.ts --update
import kubernetes from "./kubernetes.json" with { type: "json" };

const schedules = Object.entries(kubernetes.schedules);
const cases = Object.entries(kubernetes.runs).flatMap(([place, runs]) => {
  const [timeZone = "", from = ""] = place.split(" ");
  return Object.entries(runs).map(([schedule, text]) => ({
    schedule,
    timeZone,
    from: new Date(from),
    runs: text === "" ? [] : text.split(" "),
  }));
});

/** The API server accepts these; for the first two the file does not tell when they run, and the others never do. */
const REFUSED_BY_US = ["@every 1h", "@every 90s", ", * * * *", "0 , * * *"];

const minutes = (time: Date) => time.toISOString().replace(":00.000Z", "Z");
const isTaken = (schedule: string) => !("problem" in readCronSchedule(schedule));

describe("what Kubernetes does", () => {
  it("is recorded for hundreds of schedules and start times", () => {
    expect(cases.length).toBeGreaterThan(1_000);
    expect(schedules.filter(([, problem]) => problem !== "").length).toBeGreaterThan(30);
  });

  it.each(schedules.filter(([text]) => !REFUSED_BY_US.includes(text)))(
    "readCronSchedule accepts or refuses %j as the API server does",
    (schedule, problem) => expect(isTaken(schedule)).toBe(problem === ""),
  );

  it.each(REFUSED_BY_US)("readCronSchedule refuses %j though the API server accepts it", (schedule) => {
    expect(kubernetes.schedules).toHaveProperty([schedule], "");
    expect(isTaken(schedule)).toBe(false);
  });

  it.each(Object.entries(kubernetes.timeZones))(
    "isTimeZone accepts or refuses %j as the API server does",
    (timeZone, problem) => expect(isTimeZone(timeZone)).toBe(problem === ""),
  );

  it.each(Object.keys(kubernetes.runs))(
    "nextRuns gives the controller's next five runs when it starts in %s",
    (place) => {
      const ofPlace = cases.filter(
        ({ timeZone, from }) => place === `${timeZone} ${from.toISOString().replace(".000", "")}`,
      );
      expect(ofPlace.length).toBeGreaterThan(0);
      for (const { schedule, timeZone, from, runs } of ofPlace) {
        expect.soft(nextRuns({ schedule, timeZone }, from, 5).map(minutes), schedule).toEqual(runs);
      }
    },
  );

  it("lastDue returns the run before at the time of each", () => {
    for (const { schedule, timeZone, runs } of cases) {
      const [first, second] = runs;
      if (first === undefined || second === undefined) continue;
      const last = lastDue(schedule, timeZone, new Date(second));
      expect.soft(last && minutes(last), `${schedule} ${timeZone} ${second}`).toBe(first);
    }
  });

  it("describeSchedule puts every schedule that Kubernetes accepts into words", () => {
    for (const [schedule] of schedules.filter(([text]) => isTaken(text))) {
      expect.soft(describeSchedule(schedule), schedule).toMatch(/^[A-Z]\w+ [^*]+$/);
    }
  });
});
