import { describe, expect, it } from "vitest";
import { nextRuns } from "../../deploy/schedule/schedule.ts";
import { isTimeZone, timeZones } from "../../deploy/schedule/time-zone.ts";
import { askKubernetes } from "./cron/ask-kubernetes.ts";
import { SCHEDULES, STARTS, TIME_ZONES, ZONES_OF_ICU } from "./cron/questions.ts";
import { randomStarts } from "./cron/random-starts.ts";

const SEED = Number(process.env.ERRAND_CRON_SEED ?? 1);
const RANDOM_STARTS = 5_000;

const minutes = (time: Date | string) => new Date(time).toISOString().replace(":00.000Z", "Z");

describe("Kubernetes' parsing of schedules", () => {
  it("still matches test/deploy/schedule/kubernetes.json", async () => {
    const { schedules, timeZones, runs } = await askKubernetes({
      schedules: SCHEDULES,
      timeZones: TIME_ZONES,
      starts: STARTS,
    });
    const byPlace = Map.groupBy(STARTS.keys(), (index) => `${STARTS[index]?.timeZone} ${STARTS[index]?.from}`);
    const fixture = {
      schedules: Object.fromEntries(SCHEDULES.map((text, index) => [text, schedules[index]])),
      timeZones: Object.fromEntries(TIME_ZONES.map((text, index) => [text, timeZones[index]])),
      runs: Object.fromEntries(
        [...byPlace].map(([place, indexes]) => [
          place,
          Object.fromEntries(indexes.map((at) => [STARTS[at]?.schedule, runs[at]?.map(minutes).join(" ")])),
        ]),
      ),
    };
    await expect(`${JSON.stringify(fixture, undefined, 2)}\n`).toMatchFileSnapshot(
      "../deploy/schedule/kubernetes.json",
    );
  });

  it("accepts exactly the time zones that errand accepts, of all that Node knows", async () => {
    const asked = [...new Set([...timeZones(), ...Intl.supportedValuesOf("timeZone"), ...ZONES_OF_ICU])];
    const answers = (await askKubernetes({ schedules: [], timeZones: asked, starts: [] })).timeZones;
    expect(asked.filter((name, index) => isTimeZone(name) !== (answers[index] === ""))).toEqual([]);
    expect(ZONES_OF_ICU.filter(isTimeZone)).toEqual([]);
  });

  it("computes the same runs as nextRuns for random schedules, zones and times", async () => {
    const starts = randomStarts(SEED, RANDOM_STARTS);
    const { runs } = await askKubernetes({ schedules: [], timeZones: [], starts });
    const ours = starts.map((start) => nextRuns(start, new Date(start.from), start.count).map(minutes));
    const wrong = starts.flatMap((start, index) => {
      const [expected, given] = [runs[index]?.map(minutes), ours[index]];
      return JSON.stringify(expected) === JSON.stringify(given) ? [] : [{ ...start, expected, given }];
    });
    expect(runs).toHaveLength(RANDOM_STARTS);
    expect(wrong).toEqual([]);
  });
});
