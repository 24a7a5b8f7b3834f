import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import { readLogs } from "../streams/read-logs.ts";
import type { LogOptions } from "../surface/call-options.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./method-context.ts";

/** The lines of a container's log. */
export async function* podLogs(
  context: MethodContext,
  target: TargetInput,
  options: LogOptions = {},
): AsyncGenerator<string, void, undefined> {
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  const signal = eitherSignal(options.signal, context.signal);
  yield* readLogs({ ...context, gvr, target: resolved, options, signal });
}
