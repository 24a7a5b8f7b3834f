import { expect, test } from "vitest";
import { Pace } from "../../../../runtime/kube/watch/watch-objects.ts";

test("Pace waits a second between the starts of two watches, and no longer after one that lasted [H10]", () => {
  const pace = new Pace(() => 0);
  expect([pace.afterEnd(200, 1), pace.afterEnd(1_000, 1), pace.afterEnd(180_000, 0)]).toEqual([800, 0, 0]);
});

test("Pace waits longer after each watch that ended at once without an event, and resets after one that did not [H10] [H11]", () => {
  const pace = new Pace(() => 1);
  expect([pace.afterEnd(200, 0), pace.afterEnd(200, 0), pace.afterFailure(undefined)]).toEqual([800, 1_600, 3_200]);
  pace.afterEnd(180_000, 0);
  expect(pace.afterFailure(undefined)).toBe(800);
  expect(pace.afterFailure(7)).toBe(7_000);
});
