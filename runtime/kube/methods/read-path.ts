import type { PathOptions } from "../call-options.ts";
import { readLines } from "../decode/lines.ts";
import { parseMetrics, type Sample } from "../metrics/prometheus.ts";
import type { Send } from "../request.ts";
import { type ProxyOptions, proxyRequest } from "../requests/proxy.ts";
import { rawRequest } from "../requests/raw.ts";
import { resolveTarget, type TargetInput } from "../requests/target.ts";
import { contextFor } from "./dry-call.ts";
import type { MethodContext } from "./method-context.ts";

/** The text behind a path of the API server that is no resource. */
export async function readPath(send: Send, path: string, options: PathOptions = {}): Promise<string> {
  return (await send(rawRequest(path, options))).body.text();
}

/** The metrics behind such a path, read as they arrive. */
export function readPathMetrics(send: Send, path: string, options: PathOptions = {}): AsyncIterable<Sample> {
  return metricsOf(async () => (await send(rawRequest(path, options))).body);
}

/** What a node's kubelet, a pod or a service answers to what the API server passes on. */
export function proxyMethods(context: MethodContext): object {
  const send = async (target: TargetInput, path: string, options?: ProxyOptions) => {
    const identity = await context.identity();
    const request = proxyRequest(identity, resolveTarget(target, context.place, identity), path, options);
    return (await contextFor(context, options).send(request)).body;
  };
  return {
    proxy: async (target: TargetInput, path: string, options?: ProxyOptions) =>
      (await send(target, path, options)).text(),
    proxyMetrics: (target: TargetInput, path: string, options?: PathOptions) =>
      metricsOf(() => send(target, path, { ...options, method: "GET" })),
  };
}

async function* metricsOf(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Sample, void, undefined> {
  const body = await open();
  async function* lines() {
    for await (const lines of readLines(body)) for (const { text } of lines) yield text;
  }
  yield* parseMetrics(lines());
}
