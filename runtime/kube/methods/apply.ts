import type { ApplyOptions } from "../call-options.ts";
import { readJson } from "../decode/json.ts";
import type { KubeObject } from "../objects.ts";
import { applyRequest } from "../requests/apply.ts";
import type { MethodContext } from "./method-context.ts";

/** Server-side apply of one object. */
export async function applyObject<T extends KubeObject>(
  context: MethodContext,
  object: KubeObject,
  options: ApplyOptions = {},
): Promise<T> {
  const identity = await context.identity();
  const { fieldManager, place } = context;
  return readJson<T>(await context.send(applyRequest(identity, place, object, { fieldManager, ...options })));
}
