import type { DeleteOptions, ListOptions, PatchOptions, WriteOptions } from "./kube.ts";
import { createObject } from "./methods/create.ts";
import { deleteObject } from "./methods/delete.ts";
import { getObject } from "./methods/get.ts";
import { listMethod } from "./methods/list.ts";
import type { MethodContext } from "./methods/method-context.ts";
import { patchObject } from "./methods/patch.ts";
import type { KubeObject } from "./objects.ts";
import type { TargetInput } from "./requests/target.ts";

/** Every method of a resource; the types of `Kube` show those that are declared, and the guard holds the others back. */
export function resourceMethods(context: MethodContext): object {
  return {
    get: (name: string, options?: { readonly signal?: AbortSignal }) => getObject(context, name, options),
    list: (options?: ListOptions) => listMethod(context, options),
    create: (object: KubeObject, options?: WriteOptions) => createObject(context, object, options),
    patch: (target: TargetInput, patch: object, options?: PatchOptions) => patchObject(context, target, patch, options),
    delete: (target: TargetInput, options?: DeleteOptions) => deleteObject(context, target, options),
  };
}
