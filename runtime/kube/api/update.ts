import { readJson } from "../requests/request.ts";
import { type UpdateRequestOptions, updateRequest } from "../requests/writes.ts";
import type { UpdateOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import type { MethodContext } from "./method-context.ts";

/** Writes an object, or one of its subresources, as a whole. */
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
