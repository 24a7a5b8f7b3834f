import type { KubeRequest } from "../requests/request.ts";
import {
  type GroupVersionResource,
  type ResolvedTarget,
  resolveTarget,
  type TargetInput,
} from "../requests/resource.ts";
import { attachRequest, execRequest, type StreamsOptions } from "../requests/streams.ts";
import { runCommand } from "../streams/run-command.ts";
import type { ExecOptions } from "../surface/call-options.ts";
import type { AttachResult, ExecResult } from "../surface/call-results.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./method-context.ts";

/** Runs a command in a container. */
export function execInPod(
  context: MethodContext,
  target: TargetInput,
  command: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  return join(context, target, options, (gvr, resolved, streams) => execRequest(gvr, resolved, command, streams));
}

/** Joins the streams of a container's own process, until it ends. */
export async function attachToPod(
  context: MethodContext,
  target: TargetInput,
  options: ExecOptions = {},
): Promise<AttachResult> {
  const { stdout, stderr } = await join(context, target, options, attachRequest);
  return { stdout, stderr };
}

async function join(
  context: MethodContext,
  target: TargetInput,
  options: ExecOptions,
  requestFor: (gvr: GroupVersionResource, resolved: ResolvedTarget, streams: StreamsOptions) => KubeRequest,
): Promise<ExecResult> {
  const gvr = await context.gvr();
  const signal = eitherSignal(options.signal, context.signal);
  const { container, stdin } = options;
  const resolved = resolveTarget(target, context.place, gvr);
  const request = requestFor(gvr, resolved, { container, stdin: stdin !== undefined, signal });
  const response = await context.send(request);
  return runCommand(request, response, { ...options, ...(signal === undefined ? {} : { signal }) });
}
