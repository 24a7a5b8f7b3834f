import type { CallOptions } from "../call-options.ts";
import { readLines } from "../decode/lines.ts";
import { parseMetrics, type Sample } from "../metrics/prometheus.ts";
import type { KubeRequest, Send } from "../request.ts";
import { checkRawPath, rawRequest } from "../requests/raw.ts";
import { requestOf } from "../requests/request-of.ts";
import { resolveTarget, type TargetInput } from "../requests/target.ts";
import type { MethodContext } from "./method-context.ts";

/** The text behind a path of the API server that is no resource. */
export async function readPath(send: Send, path: string, options: CallOptions = {}): Promise<string> {
  return (await send(rawRequest(path, options))).body.text();
}

/** The metrics behind such a path, read as they arrive. */
export function readPathMetrics(send: Send, path: string, options: CallOptions = {}): AsyncIterable<Sample> {
  return metricsOf(async () => (await send(rawRequest(path, options))).body);
}

/** What a node's kubelet, a pod or a service answers to a GET that the API server passes on. */
export function proxyMethods(context: MethodContext): object {
  return {
    proxy: async (target: TargetInput, path: string, options?: CallOptions) =>
      (await context.send(await proxyRequest(context, target, path, options))).body.text(),
    proxyMetrics: (target: TargetInput, path: string, options?: CallOptions) =>
      metricsOf(async () => (await context.send(await proxyRequest(context, target, path, options))).body),
  };
}

async function proxyRequest(
  context: MethodContext,
  target: TargetInput,
  path: string,
  options: CallOptions = {},
): Promise<KubeRequest> {
  const identity = await context.identity();
  const { name, place } = resolveTarget(target, context.place, identity);
  const request = requestOf("get", identity, { place, name, subresource: "proxy", signal: options.signal });
  return { ...request, path: request.path + checkRawPath(path), headers: { accept: "*/*" }, chunked: true };
}

async function* metricsOf(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Sample, void, undefined> {
  const body = await open();
  async function* lines() {
    for await (const lines of readLines(body)) for (const { text } of lines) yield text;
  }
  yield* parseMetrics(lines());
}
