import { dryRun } from "../pipeline/dry-run.ts";
import { LimitLedger } from "../pipeline/limit-ledger.ts";
import { StatsRecorder } from "../pipeline/stats.ts";
import { compose } from "../requests/request.ts";
import type { ChangeOptions } from "../surface/call-options.ts";
import type { MethodContext } from "./method-context.ts";
import { type MethodName, taken } from "./taken-options.ts";

/** Makes one call that changes something. */
export type Change = <O extends ChangeOptions, R>(
  method: MethodName,
  given: O | undefined,
  make: (call: MethodContext, options: O) => Promise<R>,
) => Promise<R>;

/** Makes calls that change something, each with the options that its method takes, and with a context of its own. */
export function changes(context: MethodContext): Change {
  return async (method, given, make) => {
    const options = taken(method, given);
    return make(contextFor(context, options), options);
  };
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
