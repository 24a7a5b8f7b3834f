import { TransportError } from "../errors/kube-error.ts";
import { proxyRequest, rawRequest } from "../requests/paths.ts";
import type { ResponseContent, Send } from "../requests/request.ts";
import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import { PATH, type PathOptions, type ProxyOptions } from "../surface/call-options.ts";
import type { Sample } from "../surface/call-results.ts";
import type { PathReader } from "../surface/kube.ts";
import { readLines } from "../values/lines.ts";
import { parseMetrics } from "../values/prometheus.ts";
import { copyOptions, type MethodContext } from "./call.ts";

/** Reads non-resource paths of the API server: as text, or as metrics that are parsed while they arrive. */
export function pathMethods(send: Send) {
  return {
    readPath: async (path, given?) => {
      const options = copyOptions("readPath", PATH, given);
      return (await send(rawRequest(path, options))).body.text(options.maxBytes);
    },
    readMetrics: (path, given?) => {
      const request = rawRequest(path, copyOptions("readMetrics", PATH, given));
      return metricsOf(async () => (await send(request)).body);
    },
  } satisfies PathReader<string>;
}

/** The answer of a node's kubelet, a pod or a service through the API server's proxy, as text. */
export async function proxied(
  context: MethodContext,
  target: TargetInput,
  path: string,
  options: ProxyOptions,
): Promise<string> {
  return (await sendProxied(context, target, path, options)).text(options.maxBytes);
}

/** The same, parsed as metrics. */
export function proxiedMetrics(
  context: MethodContext,
  target: TargetInput,
  path: string,
  options: PathOptions,
): AsyncGenerator<Sample, void, undefined> {
  return metricsOf(() => sendProxied(context, target, path, options));
}

async function sendProxied(
  context: MethodContext,
  target: TargetInput,
  path: string,
  options: ProxyOptions,
): Promise<ResponseContent> {
  const gvr = await context.gvr();
  const request = proxyRequest(gvr, resolveTarget(target, context.place, gvr), path, options);
  return (await context.send(request)).body;
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
