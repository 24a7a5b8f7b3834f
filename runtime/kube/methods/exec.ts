import type { ExecOptions } from "../call-options.ts";
import type { ExecResult } from "../call-results.ts";
import { runCommand } from "../exec/run-command.ts";
import { execRequest } from "../requests/exec.ts";
import { resolveTarget, type TargetInput } from "../requests/target.ts";
import type { MethodContext } from "./method-context.ts";

/** Runs a command in a container. */
export async function execInPod(
  context: MethodContext,
  target: TargetInput,
  command: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const identity = await context.identity();
  const resolved = resolveTarget(target, context.place, identity);
  const signals = [options.signal, context.signal].filter((one) => one !== undefined);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  const { container, stdin } = options;
  const request = execRequest(identity, resolved, command, { container, stdin: stdin !== undefined, signal });
  const response = await context.send(request);
  return runCommand(request, response, { ...options, ...(signal === undefined ? {} : { signal }) });
}
