import type {
  ApplyOptions,
  CallOptions,
  ChangeOptions,
  DeleteCollectionOptions,
  DeleteOptions,
  EvictOptions,
  ExecOptions,
  ListOptions,
  LogOptions,
  ObjectWatchOptions,
  PatchOptions,
  UpdateOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from "./call-options.ts";
import { applyObject } from "./methods/apply.ts";
import { createObject } from "./methods/create.ts";
import { deleteObject } from "./methods/delete.ts";
import { deleteCollection } from "./methods/delete-collection.ts";
import { contextFor } from "./methods/dry-call.ts";
import { evictPod } from "./methods/evict.ts";
import { getObject } from "./methods/get.ts";
import { listMethod } from "./methods/list.ts";
import { listTable } from "./methods/list-table.ts";
import { podLogs } from "./methods/logs.ts";
import type { MethodContext } from "./methods/method-context.ts";
import { modifyObject } from "./methods/modify.ts";
import { patchObject } from "./methods/patch.ts";
import { podSubresourceMethods } from "./methods/pod-subresources.ts";
import { proxyMethods } from "./methods/read-path.ts";
import { restartWorkload } from "./methods/restart.ts";
import { subresourceMethods } from "./methods/subresources.ts";
import { updateObject } from "./methods/update.ts";
import { reflectMethod, waitForGone, waitForObject, watchMetadata, watchMethod } from "./methods/watch.ts";
import type { KubeObject } from "./objects.ts";
import type { TargetInput } from "./requests/target.ts";

/** Every method of a resource; the types of `Kube` show those that are declared, and the guard holds the others back. */
export function resourceMethods(context: MethodContext): object {
  return {
    ...readMethods(context),
    ...watchMethods(context),
    ...writeMethods(context),
    ...subresourceMethods(context),
    ...podMethods(context),
    ...podSubresourceMethods(context),
    ...proxyMethods(context),
  };
}

function readMethods(context: MethodContext): object {
  return {
    get: (name: string, options?: CallOptions) => getObject(context, name, options),
    list: (options?: ListOptions) => listMethod(context, options),
    listMetadata: (options?: ListOptions) => listMethod(context, { ...options, metadataOnly: true }),
    listTable: (options?: ListOptions) => listTable(context, options),
  };
}

function watchMethods(context: MethodContext): object {
  return {
    watch: (options?: ObjectWatchOptions) => watchMethod(context, options),
    watchMetadata: (options?: WatchOptions) => watchMetadata(context, options),
    reflect: (options?: WatchOptions) => reflectMethod(context, options),
    waitFor: (target: TargetInput, isWanted: (object: KubeObject) => boolean, options?: WaitOptions) =>
      waitForObject(context, target, isWanted, options),
    waitForGone: (target: TargetInput, options?: WaitOptions) => waitForGone(context, target, options),
  };
}

function writeMethods(context: MethodContext): object {
  return {
    create: (object: KubeObject, options?: WriteOptions) => createObject(contextFor(context, options), object, options),
    update: (object: KubeObject, options?: UpdateOptions) =>
      updateObject(contextFor(context, options), object, options),
    modify: (name: string, change: (object: KubeObject) => KubeObject, options?: WriteOptions) =>
      modifyObject(contextFor(context, options), name, change, options),
    patch: (target: TargetInput, patch: object, options?: PatchOptions) =>
      patchObject(contextFor(context, options), target, patch, options),
    apply: (input: KubeObject | string, options?: ApplyOptions) =>
      applyObject(contextFor(context, options), input, options),
    restart: (target: TargetInput, options?: ChangeOptions) =>
      restartWorkload(contextFor(context, options), target, options),
    delete: (target: TargetInput, options?: DeleteOptions) =>
      deleteObject(contextFor(context, options), target, options),
    deleteCollection: (options: DeleteCollectionOptions) => deleteCollection(contextFor(context, options), options),
  };
}

function podMethods(context: MethodContext): object {
  return {
    logs: (target: TargetInput, options?: LogOptions) => podLogs(context, target, options),
    evict: (target: TargetInput, options?: EvictOptions) => evictPod(contextFor(context, options), target, options),
    attach: async (target: TargetInput, options?: ExecOptions) => {
      const { attachToPod } = await import("./methods/exec.ts");
      return attachToPod(contextFor(context, options), target, options);
    },
    exec: async (target: TargetInput, command: readonly string[], options?: ExecOptions) => {
      const { execInPod } = await import("./methods/exec.ts");
      return execInPod(contextFor(context, options), target, command, options);
    },
    portForward: async (target: TargetInput, port: number, options?: CallOptions) => {
      const { forwardPort } = await import("./methods/port-forward.ts");
      return forwardPort(contextFor(context, options), target, port, options);
    },
  };
}
