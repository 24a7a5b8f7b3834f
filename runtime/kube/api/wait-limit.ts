import { parseDuration } from "../../job/duration.ts";
import type { WaitOptions } from "../surface/call-options.ts";
import { eitherSignal } from "../values/time.ts";

/** Bounds a wait by its timeout beside its signal. */
export interface WaitLimit extends Disposable {
  readonly signal: AbortSignal | undefined;
  /** True once the timeout, and not the caller's signal, ended the wait. */
  readonly hasPassed: boolean;
}

/** @throws {RangeError} for a timeout that is no duration */
export function waitLimit({ timeout, signal }: WaitOptions): WaitLimit {
  if (timeout === undefined) return { signal, hasPassed: false, [Symbol.dispose]() {} };
  const controller = new AbortController();
  let hasPassed = false;
  const timer = setTimeout(() => {
    hasPassed = true;
    controller.abort(new Error(`${timeout} have passed`));
  }, parseDuration(timeout));
  return {
    signal: eitherSignal(signal, controller.signal),
    get hasPassed() {
      return hasPassed;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
