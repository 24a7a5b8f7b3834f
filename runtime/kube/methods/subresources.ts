import type { CallOptions, UpdateOptions, WriteOptions } from "../call-options.ts";
import type { KubeObject } from "../objects.ts";
import type { TargetInput } from "../requests/target.ts";
import { getObject } from "./get.ts";
import type { MethodContext } from "./method-context.ts";
import { patchObject } from "./patch.ts";
import { updateObject } from "./update.ts";

/** Status and scale. The server ignores everything but the status where a status is written, so that only that is sent in a patch. */
export function subresourceMethods(context: MethodContext): object {
  return {
    getStatus: (name: string, options?: CallOptions) => getObject(context, name, { ...options, subresource: "status" }),
    updateStatus: (object: KubeObject, options?: UpdateOptions) =>
      updateObject(context, object, { ...options, subresource: "status" }),
    patchStatus: (target: TargetInput, status: object, options?: WriteOptions) =>
      patchObject(context, target, { status }, { ...options, subresource: "status" }),
    getScale: (name: string, options?: CallOptions) => getObject(context, name, { ...options, subresource: "scale" }),
    scale: (target: TargetInput, replicas: number, options?: WriteOptions) => scale(context, target, replicas, options),
  };
}

async function scale(
  context: MethodContext,
  target: TargetInput,
  replicas: number,
  options?: WriteOptions,
): Promise<unknown> {
  if (!Number.isInteger(replicas) || replicas < 0)
    throw new RangeError(`scale: ${replicas} is not a number of replicas`);
  return patchObject(context, target, { spec: { replicas } }, { ...options, subresource: "scale" });
}
