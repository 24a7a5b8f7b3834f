import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { whenAborted } from "../../../../runtime/kube/values/time.ts";

test("whenAborted calls all callbacks through one listener on the signal", () => {
  const controller = new AbortController();
  const called: number[] = [];
  for (let index = 0; index < 100; index += 1) whenAborted(controller.signal, () => called.push(index));
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort();
  expect(called).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

test("whenAborted does not call cancelled callbacks, and leaves no listener", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const forget = ["a", "b", "c"].map((name) => whenAborted(controller.signal, () => called.push(name)));
  forget[1]?.();
  forget[1]?.();
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  forget[0]?.();
  forget[2]?.();
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  whenAborted(controller.signal, () => called.push("d"));
  controller.abort();
  expect(called).toEqual(["d"]);
});

test("whenAborted allows callbacks to cancel and to register again", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const forget = whenAborted(controller.signal, () => {
    called.push("first");
    forget();
    forgetSecond();
  });
  const forgetSecond = whenAborted(controller.signal, () => called.push("second"));
  controller.abort();
  expect(called).toEqual(["first"]);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});
