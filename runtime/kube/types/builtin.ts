import type { KubeObject } from "../objects.ts";

/** The key of `access` → the type of its objects. */
export interface BuiltinObjects {
  pods: KubeObject;
}
