import type { CallOptions } from "../surface/call-options.ts";
import type { EventInput } from "../surface/kube.ts";
import type { KubeObject } from "../surface/objects.ts";
import { createObject } from "./create.ts";
import type { MethodContext } from "./method-context.ts";

/** What the API server takes, in characters. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const MAX_MESSAGE = 1_024;
const MAX_NAME = 230;

let recorded = 0;

/** Writes an event about an object. */
export async function recordEvent(
  context: MethodContext,
  about: KubeObject,
  { reason, message, type = "Normal" }: EventInput,
  options: CallOptions = {},
): Promise<void> {
  const { name = "", namespace = "default", uid, resourceVersion } = about.metadata ?? {};
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  recorded += 1;
  const suffix = `${Date.now().toString(16)}${recorded.toString(16)}`;
  const event = {
    metadata: { name: `${name.slice(0, MAX_NAME)}.${suffix}`, namespace },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      namespace: about.metadata?.namespace,
      uid,
      resourceVersion,
    },
    reason,
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message,
    type,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    source: { component: context.fieldManager },
  };
  await createObject({ ...context, place: { namespace } }, event, options);
}
