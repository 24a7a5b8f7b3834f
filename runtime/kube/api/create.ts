import { readJson } from "../requests/request.ts";
import { createRequest } from "../requests/writes.ts";
import type { WriteOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import type { MethodContext } from "./method-context.ts";

/** Creates an object. */
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
