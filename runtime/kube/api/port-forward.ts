import type { Duplex } from "node:stream";
import { requestText, TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, Send } from "../requests/request.ts";
import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import { portForwardRequest } from "../requests/streams.ts";
import { ForwardedPort } from "../streams/forwarded-port.ts";
import { handshakeProblem, MessageSocket } from "../streams/web-socket.ts";
import type { CallOptions } from "../surface/call-options.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./method-context.ts";

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

/** Opens the connection that a request for a pod's port asks for; the request's signal ends it. */
export async function openForwardedPort(send: Send, request: KubeRequest, port: number): Promise<Duplex> {
  const response = await send(request);
  const problem = handshakeProblem(request, response);
  const { socket } = response;
  if (socket === undefined || problem !== undefined) {
    socket?.destroy();
    const what = requestText(request.attributes, "portforward");
    throw new TransportError(`${what}: ${problem ?? "the connection did not change its protocol"}`, {
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
