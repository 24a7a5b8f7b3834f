import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/transport-error.ts";
import { type LimitLedger, mutationWord } from "../limit-ledger.ts";
import { itemCount, type Step } from "../request.ts";
import type { StatsRecorder } from "../stats.ts";
import { isMutation } from "./dry-run.ts";

/** Counts mutations that succeed, and refuses the one that would cross a limit. What may have been made counts as made. */
export function limits(ledger: LimitLedger, stats: StatsRecorder): Step {
  return (next) => async (request) => {
    const { subject } = request;
    if (subject === undefined || !isMutation(request)) return next(request);
    const word = mutationWord(subject);
    const count = request.count ?? 1;
    await ledger.reserve(word, count);
    let isMade = false;
    let made = count;
    try {
      const response = await next(request);
      isMade = true;
      // A collection's size is known only afterwards where nothing bounds it.
      if (subject.verb === "deletecollection" && request.count === undefined) made = itemCount(response.json);
      return response;
    } catch (error) {
      isMade = mayHaveBeenMade(error, subject.verb);
      throw error;
    } finally {
      ledger.settle(word, count, isMade);
      if (isMade && made > 0) stats.mutated(word.verb, word.resource, made);
    }
  };
}

/** After a 504 the server may still be at it. A collection's deletion is then asked for again, and counted by what is left. */
function mayHaveBeenMade(error: unknown, verb: string): boolean {
  if (error instanceof ApiError) return error.code === 504 && verb !== "deletecollection";
  return error instanceof TransportError && error.outcomeUnknown;
}
