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

/** What the methods of all resources share. */
export interface ClientContext {
  readonly send: Send;
  /** The namespace that calls without one go to. */
  readonly namespace: string;
  readonly fieldManager: string;
  readonly stats: StatsRecorder;
  readonly ledger: LimitLedger;
  /** True where the server only validates what is written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
  readonly sleep: Sleep;
  readonly features: WatchFeatures;
}

/** What the methods of one resource in one place need. */
export interface MethodContext extends ClientContext {
  readonly place: Place;
  /** Resolved when it is first needed: a custom resource's version is asked from discovery. */
  gvr(): GroupVersionResource | Promise<GroupVersionResource>;
}

/**
 * Makes a call that changes something, with the options that its method takes, and with a context of its own.
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
  const options = taken(method, names, given);
  return make(contextFor(context, options), options);
}

/**
 * The context of one call. Where the call asks for a dry run of its own, what it sends is one, and nothing that it does is counted.
 *
 * The request says so as it leaves the method, so that every try of it does.
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

/** Options that are more than one value: copied to their depth, so that nobody can change them later. */
const COPY: Readonly<Record<string, (value: never) => unknown>> = {
  labelSelector: labelSelectorText,
  fieldSelector: fieldSelectorText,
  preconditions: copyPreconditions,
  audiences: plainCopy,
  body: (value: object) => (ArrayBuffer.isView(value) ? value : plainCopy(value)),
  query: copyQuery,
};

/**
 * Takes the options of one call: each is read once, so that what is checked is what is sent, whoever has the object they came in and whatever its getters say.
 *
 * @param method as messages name it
 * @param names the options that it takes
 * @throws {TypeError} for an option that the method does not take: a slip of the pen could otherwise select more than was meant
 * @throws {RangeError} for a selector without a term
 */
export function taken<O extends object>(method: string, names: OptionNames<NoInfer<O>>, given: O | undefined): O {
  const values: Record<string, unknown> = Object.create(null);
  const from = (given ?? values) as Readonly<Record<string, unknown>>;
  if (typeof from !== "object") throw new TypeError(`${method}: options must be an object, not ${typeof from}`);
  const known = Object.keys(names);
  const unknown = Object.keys(from).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${method} has no option ${JSON.stringify(unknown)}: it takes ${known.join(", ")}`);
  }
  for (const name of known) {
    // What somebody left on Object.prototype is nobody's option.
    const value = Object.hasOwn(from, name) || !(name in Object.prototype) ? from[name] : undefined;
    if (value !== undefined)
      values[name] = (Object.hasOwn(COPY, name) ? COPY[name]?.(value as never) : undefined) ?? value;
  }
  return Object.freeze(values) as O;
}

/** Bounds a wait by its timeout beside its signal. */
interface WaitLimit extends Disposable {
  readonly signal: AbortSignal | undefined;
  /** True once the timeout, and not the caller's signal, ended the wait. */
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
 * Makes a change that is bound to the object that was read: another by now, or no object any more, is a result and no error.
 *
 * @param preconditions of the change; without them every answer of the server is given on
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
