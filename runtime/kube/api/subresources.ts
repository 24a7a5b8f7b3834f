import type { TargetInput } from "../requests/resource.ts";
import type { CallOptions, UpdateOptions, WriteOptions } from "../surface/call-options.ts";
import type { Scale } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import { changes } from "./dry-call.ts";
import { getObject } from "./get.ts";
import type { MethodContext } from "./method-context.ts";
import { patchObject } from "./patch.ts";
import { taken } from "./taken-options.ts";
import { updateObject } from "./update.ts";

/** What a scale is, whatever workload it is of. */
const SCALE = { apiVersion: "autoscaling/v1", kind: "Scale" };

/** Status and scale. The server ignores everything but the status where a status is written, so that only that is sent in a patch. */
export function subresourceMethods(context: MethodContext): object {
  const change = changes(context);
  return {
    getStatus: async (name: string, options?: CallOptions) =>
      getObject(context, name, { ...taken("getStatus", options), subresource: "status" }),
    updateStatus: (object: KubeObject, given?: UpdateOptions) =>
      change("updateStatus", given, (call, options) =>
        updateObject(call, object, { ...options, subresource: "status" }),
      ),
    patchStatus: (target: TargetInput, status: object, given?: WriteOptions) =>
      change("patchStatus", given, (call, options) =>
        patchObject(call, target, { status }, { ...options, subresource: "status" }),
      ),
    updateFinalize: (object: KubeObject, given?: UpdateOptions) =>
      change("updateFinalize", given, (call, options) =>
        updateObject(call, object, { ...options, subresource: "finalize" }),
      ),
    updateApproval: (object: KubeObject, given?: UpdateOptions) =>
      change("updateApproval", given, (call, options) =>
        updateObject(call, object, { ...options, subresource: "approval" }),
      ),
    getScale: async (name: string, options?: CallOptions) =>
      getObject(context, name, { ...taken("getScale", options), subresource: "scale" }),
    updateScale: (object: Scale, given?: UpdateOptions) =>
      change("updateScale", given, async (call, options) => {
        const copy = plainCopy(object);
        checkReplicas("updateScale", copy.spec?.replicas);
        return updateObject(call, copy, { ...options, subresource: "scale", type: SCALE });
      }),
    scale: (target: TargetInput, replicas: number, given?: WriteOptions) =>
      change("scale", given, async (call, options) => {
        checkReplicas("scale", replicas);
        return patchObject(call, target, { spec: { replicas } }, { ...options, subresource: "scale" });
      }),
  };
}

/** A scale without a number would be one of 0: the server takes nothing for that. */
function checkReplicas(method: string, replicas: unknown): void {
  if (Number.isInteger(replicas) && Number(replicas) >= 0) return;
  throw new RangeError(`${method}: ${replicas} is not a number of replicas`);
}
