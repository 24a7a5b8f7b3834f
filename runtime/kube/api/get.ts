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
  const gvr = await context.gvr();
  return readJson<T>(await context.send(getRequest(gvr, context.place, name, options)));
}
