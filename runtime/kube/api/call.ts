import { parseDuration } from "../../job/duration.ts";
import { ApiError } from "../errors/api-error.ts";
import { dryRun } from "../pipeline/dry-run.ts";
import { LimitLedger } from "../pipeline/limit-ledger.ts";
import { StatsRecorder } from "../pipeline/stats.ts";
import { compose, type Send } from "../requests/request.ts";
import {
  copyPreconditions,
  copyQuery,
  type GroupVersionResource,
  type Place,
  type Preconditions,
} from "../requests/resource.ts";
import { fieldSelectorText, labelSelectorText } from "../requests/selectors.ts";
import type { ChangeOptions, OptionNames, WaitOptions } from "../surface/call-options.ts";
import { plainCopy } from "../values/json.ts";
import { eitherSignal, type Sleep } from "../values/time.ts";
import type { WatchFeatures } from "../watch/watch-objects.ts";

/** Shared by the methods of all resources. */
export interface ClientContext {
  readonly send: Send;
  /** Default namespace for calls that name none. */
  readonly namespace: string;
  readonly fieldManager: string;
  readonly stats: StatsRecorder;
  readonly ledger: LimitLedger;
  /** The server validates writes and persists nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
  readonly sleep: Sleep;
  readonly features: WatchFeatures;
}

/** The context of one resource's methods, in one namespace or all. */
export interface MethodContext extends ClientContext {
  readonly place: Place;
  /** Resolved on first use: the version of a custom resource comes from discovery. */
  gvr(): GroupVersionResource | Promise<GroupVersionResource>;
}

/**
 * Makes a mutating call with its own copy of the options and its own context.
 *
 * @param names the options that the method takes
 */
export async function change<O extends ChangeOptions, R>(
  context: MethodContext,
  method: string,
  names: OptionNames<NoInfer<O>>,
  given: O | undefined,
  make: (call: MethodContext, options: O) => Promise<R>,
): Promise<R> {
  const options = copyOptions(method, names, given);
  return make(contextFor(context, options), options);
}

/**
 * The context of one call. If the call itself asks for a dry run, its requests are dry runs and are not counted against limits.
 *
 * The flag is set before the retry step, so every attempt carries it.
 */
function contextFor(context: MethodContext, options: ChangeOptions): MethodContext {
  if (!options.dryRun) return context;
  return {
    ...context,
    dryRun: true,
    ledger: new LimitLedger({}),
    stats: new StatsRecorder(),
    send: compose(dryRun)((request) => context.send({ ...request, dryRun: true })),
  };
}

/** Nested options are copied deeply, so that later changes by the caller have no effect. */
const COPY: Readonly<Record<string, (value: never) => unknown>> = {
  labelSelector: labelSelectorText,
  fieldSelector: fieldSelectorText,
  preconditions: copyPreconditions,
  audiences: plainCopy,
  body: (value: object) => (ArrayBuffer.isView(value) ? value : plainCopy(value)),
  query: copyQuery,
};

/**
 * Copies the options of one call. Each is read once, so that what is checked is what is sent, even if the object has getters or changes later.
 *
 * @param method its name in messages
 * @param names the options that it takes
 * @throws {TypeError} for an unknown option: a misspelled selector could otherwise match more than intended
 * @throws {RangeError} for an empty selector
 */
export function copyOptions<O extends object>(method: string, names: OptionNames<NoInfer<O>>, given: O | undefined): O {
  const values: Record<string, unknown> = Object.create(null);
  const from = (given ?? values) as Readonly<Record<string, unknown>>;
  if (typeof from !== "object") throw new TypeError(`${method}: options must be an object, not ${typeof from}`);
  const known = Object.keys(names);
  const unknown = Object.keys(from).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${method} has no option ${JSON.stringify(unknown)}: it takes ${known.join(", ")}`);
  }
  for (const name of known) {
    // Ignore values that someone added to Object.prototype.
    const value = Object.hasOwn(from, name) || !(name in Object.prototype) ? from[name] : undefined;
    if (value !== undefined)
      values[name] = (Object.hasOwn(COPY, name) ? COPY[name]?.(value as never) : undefined) ?? value;
  }
  return Object.freeze(values) as O;
}

/** Bounds a wait by both its timeout and its signal. */
interface WaitLimit extends Disposable {
  readonly signal: AbortSignal | undefined;
  /** True once the timeout, not the caller's signal, has ended the wait. */
  readonly hasPassed: boolean;
}

/** @throws {RangeError} for a timeout that is not a duration */
export function waitLimit({ timeout, signal }: WaitOptions): WaitLimit {
  if (timeout === undefined) return { signal, hasPassed: false, [Symbol.dispose]() {} };
  const controller = new AbortController();
  let hasPassed = false;
  const timer = setTimeout(() => {
    hasPassed = true;
    controller.abort(new Error(`timed out after ${timeout}`));
  }, parseDuration(timeout));
  return {
    signal: eitherSignal(signal, controller.signal),
    get hasPassed() {
      return hasPassed;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/**
 * Changes an object only if it is still the one that was read. If it was replaced or deleted meanwhile, that is a result, not an error.
 *
 * @param preconditions of the change; without them, every error is passed on
 */
export async function ifUnchanged<R>(
  preconditions: Preconditions | undefined,
  change: () => Promise<R>,
): Promise<R | "gone" | "changed"> {
  try {
    return await change();
  } catch (error) {
    if (preconditions === undefined || !(error instanceof ApiError)) throw error;
    if (error.reason === "NotFound") return "gone";
    if (error.reason === "Conflict") return "changed";
    throw error;
  }
}
