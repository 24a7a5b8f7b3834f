import { createRequest } from "../requests/create.ts";
import type { WriteOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { readJson } from "../values/json.ts";
import { plainCopy } from "../values/json-body.ts";
import type { MethodContext } from "./method-context.ts";

/** Creates an object. */
export async function createObject<T extends KubeObject>(
  context: MethodContext,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<T> {
  const copy = plainCopy(object);
  const identity = await context.identity();
  const { fieldManager } = context;
  return readJson<T>(await context.send(createRequest(identity, context.place, copy, { fieldManager, ...options })));
}
