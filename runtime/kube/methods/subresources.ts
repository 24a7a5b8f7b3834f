import type { CallOptions, UpdateOptions, WriteOptions } from "../call-options.ts";
import type { Scale } from "../call-results.ts";
import type { KubeObject } from "../objects.ts";
import type { TargetInput } from "../requests/target.ts";
import { contextFor } from "./dry-call.ts";
import { getObject } from "./get.ts";
import type { MethodContext } from "./method-context.ts";
import { patchObject } from "./patch.ts";
import { updateObject } from "./update.ts";

/** What a scale is, whatever workload it is of. */
const SCALE = { apiVersion: "autoscaling/v1", kind: "Scale" };

/** Status and scale. The server ignores everything but the status where a status is written, so that only that is sent in a patch. */
export function subresourceMethods(context: MethodContext): object {
  return {
    getStatus: (name: string, options?: CallOptions) => getObject(context, name, { ...options, subresource: "status" }),
    updateStatus: (object: KubeObject, options?: UpdateOptions) =>
      updateObject(contextFor(context, options), object, { ...options, subresource: "status" }),
    patchStatus: (target: TargetInput, status: object, options?: WriteOptions) =>
      patchObject(contextFor(context, options), target, { status }, { ...options, subresource: "status" }),
    getScale: (name: string, options?: CallOptions) => getObject(context, name, { ...options, subresource: "scale" }),
    updateScale: async (object: Scale, options?: UpdateOptions) => {
      checkReplicas("updateScale", object.spec?.replicas);
      return updateObject(contextFor(context, options), object, { ...options, subresource: "scale", type: SCALE });
    },
    scale: (target: TargetInput, replicas: number, options?: WriteOptions) =>
      scale(contextFor(context, options), target, replicas, options),
  };
}

async function scale(
  context: MethodContext,
  target: TargetInput,
  replicas: number,
  options?: WriteOptions,
): Promise<unknown> {
  checkReplicas("scale", replicas);
  return patchObject(context, target, { spec: { replicas } }, { ...options, subresource: "scale" });
}

/** A scale without a number would be one of 0: the server takes nothing for that. */
function checkReplicas(method: string, replicas: unknown): void {
  if (Number.isInteger(replicas) && Number(replicas) >= 0) return;
  throw new RangeError(`${method}: ${replicas} is not a number of replicas`);
}
