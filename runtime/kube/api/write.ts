import { hasReason } from "../errors/api-error.ts";
import { readJson } from "../requests/request.ts";
import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import {
  applyRequest,
  createRequest,
  patchRequest,
  type UpdateRequestOptions,
  updateRequest,
} from "../requests/writes.ts";
import type {
  ApplyOptions,
  CallOptions,
  ChangeOptions,
  PatchOptions,
  UpdateOptions,
  WriteOptions,
} from "../surface/call-options.ts";
import type { Scale } from "../surface/call-results.ts";
import type { EventInput } from "../surface/kube.ts";
import type { KubeObject, Returned } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import { ifUnchanged, type MethodContext } from "./call.ts";
import { getObject } from "./read.ts";

export async function createObject<T extends KubeObject>(
  context: MethodContext,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<T> {
  const copy = plainCopy(object);
  const gvr = await context.gvr();
  const { fieldManager } = context;
  return readJson<T>(await context.send(createRequest(gvr, context.place, copy, { fieldManager, ...options })));
}

/** Replaces an object or one of its subresources. */
export async function updateObject<T extends KubeObject>(
  context: MethodContext,
  object: KubeObject,
  options: UpdateOptions & Pick<UpdateRequestOptions, "subresource" | "type"> = {},
): Promise<T> {
  const copy = plainCopy(object);
  const gvr = await context.gvr();
  const { fieldManager, place } = context;
  return readJson<T>(await context.send(updateRequest(gvr, place, copy, { fieldManager, ...options })));
}

/** The same as client-go. https://github.com/kubernetes/client-go/blob/master/util/retry/util.go */
const MAX_TRIES = 5;
const PAUSE_MS = 10;

/** Reads an object, changes it and writes it back; starts over on a conflict. */
export async function modifyObject<T extends KubeObject>(
  context: MethodContext,
  name: string,
  change: (object: Returned<T>) => T | Promise<T>,
  options: WriteOptions = {},
): Promise<Returned<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const object = await getObject<Returned<T>>(context, name, options);
    try {
      return await updateObject<Returned<T>>(context, await change(object), options);
    } catch (error) {
      if (!hasReason(error, "Conflict") || attempt === MAX_TRIES) throw error;
      await context.sleep(PAUSE_MS * 2 ** attempt, options.signal ?? context.signal);
    }
  }
}

/** Patches an object or one of its subresources. */
export async function patchObject<T extends KubeObject>(
  context: MethodContext,
  target: TargetInput,
  patch: object,
  options: PatchOptions & { readonly subresource?: string } = {},
): Promise<T | "gone" | "changed"> {
  const copy = plainCopy(patch);
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  const request = patchRequest(gvr, resolved, copy, { fieldManager: context.fieldManager, ...options });
  return ifUnchanged(resolved.preconditions, async () => readJson<T>(await context.send(request)));
}

/** Server-side apply of one object, which may be YAML text. */
export async function applyObject<T extends KubeObject>(
  context: MethodContext,
  input: KubeObject | string,
  options: ApplyOptions = {},
): Promise<T> {
  const given = typeof input === "string" ? input : plainCopy(input);
  const gvr = await context.gvr();
  const { fieldManager, place } = context;
  const object = typeof given === "string" ? await objectIn(given, gvr.resource) : given;
  return readJson<T>(await context.send(applyRequest(gvr, place, object, { fieldManager, ...options })));
}

/** Loaded on demand: the YAML parser is only in bundles of jobs that may pass text to `apply`. */
async function objectIn(text: string, resource: string): Promise<KubeObject> {
  const { parseYaml } = await import("../values/yaml.ts");
  const [object, ...others] = await parseYaml(text);
  if (object !== undefined && others.length === 0) return object;
  const count = object === undefined ? "no object" : `${others.length + 1} objects`;
  throw new RangeError(
    `apply ${resource}: expected one object in the YAML, found ${count}: use parseYaml of "errand" to get each`,
  );
}

/** The same annotation as `kubectl rollout restart`: a new value makes the controller replace the pods. */
const ANNOTATION = "kubectl.kubernetes.io/restartedAt";

/** Restarts a workload's pods by a rollout. */
export function restartWorkload<T extends KubeObject>(
  context: MethodContext,
  target: TargetInput,
  options: ChangeOptions = {},
): Promise<T | "gone" | "changed"> {
  const restartedAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const patch = { spec: { template: { metadata: { annotations: { [ANNOTATION]: restartedAt } } } } };
  return patchObject<T>(context, target, patch, options);
}

/** The same for every workload. */
const SCALE = { apiVersion: "autoscaling/v1", kind: "Scale" };

/** Replaces a workload's scale. */
export async function updateScale(
  context: MethodContext,
  scale: Scale,
  options: UpdateOptions = {},
): Promise<Returned<Scale>> {
  const copy = plainCopy(scale);
  checkReplicas("updateScale", copy.spec?.replicas);
  return updateObject(context, copy, { ...options, subresource: "scale", type: SCALE });
}

export async function scaleObject(
  context: MethodContext,
  target: TargetInput,
  replicas: number,
  options: WriteOptions = {},
): Promise<Returned<Scale> | "gone" | "changed"> {
  checkReplicas("scale", replicas);
  return patchObject(context, target, { spec: { replicas } }, { ...options, subresource: "scale" });
}

/** The server would read a scale without a number as 0. */
function checkReplicas(method: string, replicas: unknown): void {
  if (Number.isInteger(replicas) && Number(replicas) >= 0) return;
  throw new RangeError(`${method}: ${replicas} is not a number of replicas`);
}

/** The API server's limit, in characters. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const MAX_MESSAGE = 1_024;
const MAX_NAME = 230;

let recorded = 0;

/** Records an event about an object. */
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
