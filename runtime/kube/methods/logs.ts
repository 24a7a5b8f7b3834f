import type { LogOptions } from "../call-options.ts";
import { eitherSignal } from "../either-signal.ts";
import { readLogs } from "../logs/read-logs.ts";
import { resolveTarget, type TargetInput } from "../requests/target.ts";
import type { MethodContext } from "./method-context.ts";

/** The lines of a container's log. */
export async function* podLogs(
  context: MethodContext,
  target: TargetInput,
  options: LogOptions = {},
): AsyncGenerator<string, void, undefined> {
  const identity = await context.identity();
  const resolved = resolveTarget(target, context.place, identity);
  const signal = eitherSignal(options.signal, context.signal);
  yield* readLogs({ ...context, identity, target: resolved, options, signal });
}
