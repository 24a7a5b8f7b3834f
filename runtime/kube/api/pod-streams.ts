import type { Duplex } from "node:stream";
import { requestText, TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, Send } from "../requests/request.ts";
import {
  type GroupVersionResource,
  type ResolvedTarget,
  resolveTarget,
  type TargetInput,
} from "../requests/resource.ts";
import { attachRequest, execRequest, portForwardRequest, type StreamsOptions } from "../requests/streams.ts";
import { ForwardedPort } from "../streams/forwarded-port.ts";
import { runCommand } from "../streams/run-command.ts";
import { handshakeProblem, MessageSocket } from "../streams/web-socket.ts";
import type { CallOptions, ExecOptions } from "../surface/call-options.ts";
import type { AttachResult, ExecResult } from "../surface/call-results.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./call.ts";

/** Runs a command in a container. */
export function execInPod(
  context: MethodContext,
  target: TargetInput,
  command: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  return join(context, target, options, (gvr, resolved, streams) => execRequest(gvr, resolved, command, streams));
}

/** Attaches to a container's main process until it ends. */
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

/** Connects to a port of a pod. */
export async function forwardPort(
  context: MethodContext,
  target: TargetInput,
  port: number,
  options: CallOptions = {},
): Promise<Duplex> {
  const gvr = await context.gvr();
  const signal = eitherSignal(options.signal, context.signal);
  const request = portForwardRequest(gvr, resolveTarget(target, context.place, gvr), port, signal);
  return openForwardedPort(context.send, request, port);
}

/** Opens the connection of a port-forward request; the request's signal ends it. */
export async function openForwardedPort(send: Send, request: KubeRequest, port: number): Promise<Duplex> {
  const response = await send(request);
  const problem = handshakeProblem(request, response);
  const { socket } = response;
  if (socket === undefined || problem !== undefined) {
    socket?.destroy();
    const what = requestText(request.attributes, "portforward");
    throw new TransportError(`${what}: ${problem ?? "the connection was not upgraded"}`, {
      code: "BAD_PROTOCOL",
      sent: true,
      outcomeUnknown: false,
      attributes: request.attributes,
    });
  }
  const { signal } = request;
  if (signal?.aborted) {
    socket.destroy();
    throw signal.reason;
  }
  return new ForwardedPort(new MessageSocket(socket), request, port, signal);
}
