import type { TargetInput } from "../requests/resource.ts";
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
} from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import { applyObject } from "./apply.ts";
import { createObject } from "./create.ts";
import { deleteObject } from "./delete.ts";
import { deleteCollection } from "./delete-collection.ts";
import { changes } from "./dry-call.ts";
import { evictPod } from "./evict.ts";
import { getObject } from "./get.ts";
import { listMethod } from "./list.ts";
import { listTable } from "./list-table.ts";
import { podLogs } from "./logs.ts";
import type { MethodContext } from "./method-context.ts";
import { modifyObject } from "./modify.ts";
import { patchObject } from "./patch.ts";
import { podSubresourceMethods } from "./pod-subresources.ts";
import { proxyMethods } from "./read-path.ts";
import { restartWorkload } from "./restart.ts";
import { subresourceMethods } from "./subresources.ts";
import { taken } from "./taken-options.ts";
import { updateObject } from "./update.ts";
import { reflectMethod, waitForGone, waitForObject, watchMetadata, watchMethod } from "./watch.ts";

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
    get: async (name: string, options?: CallOptions) => getObject(context, name, taken("get", options)),
    list: (options?: ListOptions) => listMethod(context, taken("list", options)),
    listMetadata: (options?: ListOptions) =>
      listMethod(context, { ...taken("listMetadata", options), metadataOnly: true }),
    listTable: (options?: ListOptions) => listTable(context, taken("listTable", options)),
  };
}

function watchMethods(context: MethodContext): object {
  return {
    watch: (options?: ObjectWatchOptions) => watchMethod(context, taken("watch", options)),
    watchMetadata: (options?: WatchOptions) => watchMetadata(context, taken("watchMetadata", options)),
    reflect: async (options?: WatchOptions) => reflectMethod(context, taken("reflect", options)),
    waitFor: async (target: TargetInput, isWanted: (object: KubeObject) => boolean, options?: WaitOptions) =>
      waitForObject(context, target, isWanted, taken("waitFor", options)),
    waitForGone: async (target: TargetInput, options?: WaitOptions) =>
      waitForGone(context, target, taken("waitForGone", options)),
  };
}

function writeMethods(context: MethodContext): object {
  const change = changes(context);
  return {
    create: (object: KubeObject, given?: WriteOptions) =>
      change("create", given, (call, options) => createObject(call, object, options)),
    update: (object: KubeObject, given?: UpdateOptions) =>
      change("update", given, (call, options) => updateObject(call, object, options)),
    modify: (name: string, work: (object: KubeObject) => KubeObject, given?: WriteOptions) =>
      change("modify", given, (call, options) => modifyObject(call, name, work, options)),
    patch: (target: TargetInput, patch: object, given?: PatchOptions) =>
      change("patch", given, (call, options) => patchObject(call, target, patch, options)),
    apply: (input: KubeObject | string, given?: ApplyOptions) =>
      change("apply", given, (call, options) => applyObject(call, input, options)),
    restart: (target: TargetInput, given?: ChangeOptions) =>
      change("restart", given, (call, options) => restartWorkload(call, target, options)),
    delete: (target: TargetInput, given?: DeleteOptions) =>
      change("delete", given, (call, options) => deleteObject(call, target, options)),
    deleteCollection: (given: DeleteCollectionOptions) => change("deleteCollection", given, deleteCollection),
  };
}

function podMethods(context: MethodContext): object {
  const change = changes(context);
  return {
    logs: (target: TargetInput, options?: LogOptions) => podLogs(context, target, taken("logs", options)),
    evict: (target: TargetInput, given?: EvictOptions) =>
      change("evict", given, (call, options) => evictPod(call, target, options)),
    attach: (target: TargetInput, given?: ExecOptions) =>
      change("attach", given, async (call, options) => {
        const { attachToPod } = await import("./exec.ts");
        return attachToPod(call, target, options);
      }),
    exec: (target: TargetInput, command: readonly string[], given?: ExecOptions) =>
      change("exec", given, async (call, options) => {
        const words = plainCopy(command);
        const { execInPod } = await import("./exec.ts");
        return execInPod(call, target, words, options);
      }),
    portForward: (target: TargetInput, port: number, given?: CallOptions) =>
      change("portForward", given, async (call, options) => {
        const { forwardPort } = await import("./port-forward.ts");
        return forwardPort(call, target, port, options);
      }),
  };
}
