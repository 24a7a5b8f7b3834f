import type { TargetInput } from "../requests/resource.ts";
import type { ChangeOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import type { MethodContext } from "./method-context.ts";
import { patchObject } from "./patch.ts";

/** What kubectl sets: any change of it makes the controller roll the pods over. */
const ANNOTATION = "kubectl.kubernetes.io/restartedAt";

/** Rolls a workload's pods over. */
export function restartWorkload<T extends KubeObject>(
  context: MethodContext,
  target: TargetInput,
  options: ChangeOptions = {},
): Promise<T | "gone" | "changed"> {
  const restartedAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const patch = { spec: { template: { metadata: { annotations: { [ANNOTATION]: restartedAt } } } } };
  return patchObject<T>(context, target, patch, options);
}
