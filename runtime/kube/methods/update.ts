import type { UpdateOptions } from "../call-options.ts";
import { readJson } from "../decode/json.ts";
import { plainCopy } from "../decode/json-body.ts";
import type { KubeObject } from "../objects.ts";
import { type UpdateRequestOptions, updateRequest } from "../requests/update.ts";
import type { MethodContext } from "./method-context.ts";

/** Writes an object, or one of its subresources, as a whole. */
export async function updateObject<T extends KubeObject>(
  context: MethodContext,
  object: KubeObject,
  options: UpdateOptions & Pick<UpdateRequestOptions, "subresource" | "type"> = {},
): Promise<T> {
  const copy = plainCopy(object);
  const identity = await context.identity();
  const { fieldManager, place } = context;
  return readJson<T>(await context.send(updateRequest(identity, place, copy, { fieldManager, ...options })));
}
