import { getRequest } from "../requests/reads.ts";
import { readJson } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";
import type { MethodContext } from "./method-context.ts";

/** Reads one object. */
export async function getObject<T extends KubeObject>(
  context: MethodContext,
  name: string,
  options: { readonly signal?: AbortSignal; readonly subresource?: string } = {},
): Promise<T> {
  const identity = await context.identity();
  return readJson<T>(await context.send(getRequest(identity, context.place, name, options)));
}
