import type { Send } from "../../runtime/kube/requests/request.ts";
import { textLines } from "../cluster/text-lines.ts";
import { CONTAINER_NAME } from "../settings/pod-names.ts";

export interface LogOptions {
  /** Goes on until the container ends. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** The lines of a pod's log, as they come. */
export async function* logLines(
  send: Send,
  pod: { readonly namespace: string; readonly name: string },
  { follow = false, signal }: LogOptions = {},
): AsyncGenerator<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`;
  const response = await send({
    method: "GET",
    path,
    query: [["container", CONTAINER_NAME], ...(follow ? [["follow", "true"] as const] : [])],
    headers: { accept: "*/*" },
    attributes: { verb: "get", group: "", version: "v1", resource: "pods", subresource: "log", ...pod },
    stream: true,
    ...(signal === undefined ? {} : { signal }),
  });
  yield* textLines(response.body);
}
