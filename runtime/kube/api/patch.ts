import { readJson } from "../requests/request.ts";
import { resolveTarget, type TargetInput } from "../requests/resource.ts";
import { patchRequest } from "../requests/writes.ts";
import type { PatchOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import { ifUnchanged } from "./change.ts";
import type { MethodContext } from "./method-context.ts";

/** Changes parts of an object, or of one of its subresources. */
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
