import { TransportError } from "../errors/kube-error.ts";
import { type ProxyOptions, proxyRequest, rawRequest } from "../requests/paths.ts";
import type { Send } from "../requests/request.ts";
import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import type { PathOptions } from "../surface/call-options.ts";
import type { Sample } from "../surface/call-results.ts";
import { readLines } from "../values/lines.ts";
import { parseMetrics } from "../values/prometheus.ts";
import { changes } from "./dry-call.ts";
import type { MethodContext } from "./method-context.ts";
import { taken } from "./taken-options.ts";

/** What a path of the API server gives that is no resource, as text, and as metrics that are read as they arrive. */
export function pathMethods(send: Send) {
  return {
    readPath: async (path: string, given?: PathOptions) => {
      const options = taken("readPath", given);
      return (await send(rawRequest(path, options))).body.text(options.maxBytes);
    },
    readMetrics: (path: string, options?: PathOptions) => {
      const request = rawRequest(path, taken("readMetrics", options));
      return metricsOf(async () => (await send(request)).body);
    },
  };
}

/** What a node's kubelet, a pod or a service answers to what the API server passes on. */
export function proxyMethods(context: MethodContext): object {
  const change = changes(context);
  const send = async (call: MethodContext, target: TargetInput, path: string, options: ProxyOptions) => {
    const gvr = await context.gvr();
    const request = proxyRequest(gvr, resolveTarget(target, context.place, gvr), path, options);
    return (await call.send(request)).body;
  };
  return {
    proxy: (target: TargetInput, path: string, given?: ProxyOptions) =>
      change("proxy", given, async (call, options) => (await send(call, target, path, options)).text(options.maxBytes)),
    proxyMetrics: (target: TargetInput, path: string, given?: PathOptions) => {
      const options = taken("proxyMetrics", given);
      return metricsOf(() => send(context, target, path, options));
    },
  };
}

async function* metricsOf(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Sample, void, undefined> {
  const body = await open();
  async function* lines() {
    try {
      for await (const lines of readLines(body)) for (const { text } of lines) yield text;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new TransportError(`metrics: ${error.message}`, { code: "BAD_ANSWER", sent: true, outcomeUnknown: false });
    }
  }
  yield* parseMetrics(lines());
}
