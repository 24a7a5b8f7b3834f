import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { Step } from "../requests/request.ts";
import { isMutation } from "./dry-run.ts";
import { type LimitLedger, mutationWord } from "./limit-ledger.ts";
import type { StatsRecorder } from "./stats.ts";

/** Counts mutations that succeed, and refuses the one that would cross a limit. What may have been made counts as made. */
export function limits(ledger: LimitLedger, stats: StatsRecorder): Step {
  return (next) => async (request) => {
    const { attributes } = request;
    if (attributes === undefined || !isMutation(request)) return next(request);
    const word = mutationWord(attributes);
    const count = request.count ?? 1;
    await ledger.reserve(word, count);
    let made = count;
    try {
      return await next(request);
    } catch (error) {
      if (!mayHaveBeenMade(error)) made = 0;
      throw error;
    } finally {
      ledger.settle(word, count, made);
      if (made > 0) stats.mutated(word.verb, word.resource, made);
    }
  };
}

function mayHaveBeenMade(error: unknown): boolean {
  return (error instanceof ApiError || error instanceof TransportError) && error.outcomeUnknown;
}
