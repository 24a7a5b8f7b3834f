import type { ChangeOptions } from "../call-options.ts";
import { LimitLedger } from "../limit-ledger.ts";
import { StatsRecorder } from "../stats.ts";
import { dryRun } from "../steps/dry-run.ts";
import type { MethodContext } from "./method-context.ts";

/**
 * The context of one call. Where the call asks for a dry run of its own, what it sends is one, and nothing that it does is counted.
 *
 * The request says so as it leaves the method, so that every try of it does.
 */
export function contextFor(context: MethodContext, options: ChangeOptions | undefined): MethodContext {
  if (!options?.dryRun) return context;
  return {
    ...context,
    dryRun: true,
    ledger: new LimitLedger({}),
    stats: new StatsRecorder(),
    send: dryRun((request) => context.send({ ...request, dryRun: true })),
  };
}
