import {
  APPLY,
  CALL,
  CHANGE,
  DELETE,
  DELETE_COLLECTION,
  EVICT,
  EXEC,
  LIST,
  LOG,
  OBJECT_WATCH,
  PATCH,
  PATH,
  PROXY,
  TOKEN,
  UPDATE,
  WAIT,
  WATCH,
  WRITE,
} from "../surface/call-options.ts";
import type { Intersection } from "../surface/kube.ts";
import type { KubeObject } from "../surface/objects.ts";
import type { MethodsByWord } from "../surface/verb-methods.ts";
import { plainCopy } from "../values/json.ts";
import { change, copyOptions, type MethodContext } from "./call.ts";
import { deleteObject, evictPod } from "./delete.ts";
import { deleteCollection } from "./delete-collection.ts";
import { proxied, proxiedMetrics } from "./paths.ts";
import { bindPod, createToken, podLogs } from "./pods.ts";
import { getObject, listObjectsOf, listTable } from "./read.ts";
import { reflectObjectsOf, waitForGone, waitForObject, watchMetadata, watchObjectsOf } from "./watch.ts";
import {
  applyObject,
  createObject,
  modifyObject,
  patchObject,
  restartWorkload,
  scaleObject,
  updateObject,
  updateScale,
} from "./write.ts";

/** A kind that has every method. */
type Workload = KubeObject & { kind?: "Deployment" };

/** A function that implements every overload of another. */
type Implementation<F> = F extends {
  (...args: infer A1): infer R1;
  (...args: infer A2): infer R2;
  (...args: infer A3): infer R3;
  (...args: infer A4): infer R4;
  (...args: infer A5): infer R5;
}
  ? (...args: A1 | A2 | A3 | A4 | A5) => R1 | R2 | R3 | R4 | R5
  : never;

type Methods = Intersection<MethodsByWord<Workload>[keyof MethodsByWord<Workload>]>;

/** Every method of a resource, checked against its type in `surface`. */
type ResourceMethods = { readonly [Name in keyof Methods]: Implementation<Methods[Name]> };

/** Every method of a resource. The types of `Kube` show the declared ones, and the guard blocks the others. */
export function resourceMethods(context: MethodContext) {
  return {
    ...readMethods(context),
    ...watchMethods(context),
    ...writeMethods(context),
    ...subresourceMethods(context),
    ...podMethods(context),
  } satisfies ResourceMethods;
}

function readMethods(context: MethodContext) {
  return {
    get: async (name, given) => getObject(context, name, copyOptions("get", CALL, given)),
    list: (given) => listObjectsOf(context, copyOptions("list", LIST, given)),
    listMetadata: (given) =>
      listObjectsOf(context, { ...copyOptions("listMetadata", LIST, given), metadataOnly: true }),
    listTable: (given) => listTable(context, copyOptions("listTable", LIST, given)),
    getStatus: async (name, given) =>
      getObject(context, name, { ...copyOptions("getStatus", CALL, given), subresource: "status" }),
    getScale: async (name, given) =>
      getObject(context, name, { ...copyOptions("getScale", CALL, given), subresource: "scale" }),
    logs: (target, given) => podLogs(context, target, copyOptions("logs", LOG, given)),
    proxyMetrics: (target, path, given) =>
      proxiedMetrics(context, target, path, copyOptions("proxyMetrics", PATH, given)),
  } satisfies Partial<ResourceMethods>;
}

function watchMethods(context: MethodContext) {
  return {
    watch: (given?) => watchObjectsOf(context, copyOptions("watch", OBJECT_WATCH, given)),
    watchMetadata: (given) => watchMetadata(context, copyOptions("watchMetadata", WATCH, given)),
    reflect: async (given) => reflectObjectsOf(context, copyOptions("reflect", WATCH, given)),
    waitFor: async (target, isWanted, given) =>
      waitForObject(context, target, isWanted, copyOptions("waitFor", WAIT, given)),
    waitForGone: async (target, given) => waitForGone(context, target, copyOptions("waitForGone", WAIT, given)),
  } satisfies Partial<ResourceMethods>;
}

function writeMethods(context: MethodContext) {
  return {
    create: (object, given) =>
      change(context, "create", WRITE, given, (call, options) => createObject(call, object, options)),
    update: (object, given) =>
      change(context, "update", UPDATE, given, (call, options) => updateObject(call, object, options)),
    modify: (name, work, given) =>
      change(context, "modify", WRITE, given, (call, options) => modifyObject(call, name, work, options)),
    patch: (target, patch, given?) =>
      change(context, "patch", PATCH, given, (call, options) => patchObject(call, target, patch, options)),
    apply: (input, given) =>
      change(context, "apply", APPLY, given, (call, options) => applyObject(call, input, options)),
    restart: (target, given?) =>
      change(context, "restart", CHANGE, given, (call, options) => restartWorkload(call, target, options)),
    delete: (target, given) =>
      change(context, "delete", DELETE, given, (call, options) => deleteObject(call, target, options)),
    deleteCollection: (given) => change(context, "deleteCollection", DELETE_COLLECTION, given, deleteCollection),
  } satisfies Partial<ResourceMethods>;
}

/** A write to the status subresource ignores everything but the status, so a patch sends only that. */
function subresourceMethods(context: MethodContext) {
  return {
    updateStatus: (object, given) =>
      change(context, "updateStatus", UPDATE, given, (call, options) =>
        updateObject(call, object, { ...options, subresource: "status" }),
      ),
    patchStatus: (target, status, given) =>
      change(context, "patchStatus", WRITE, given, (call, options) =>
        patchObject(call, target, { status }, { ...options, subresource: "status" }),
      ),
    updateFinalize: (object, given) =>
      change(context, "updateFinalize", UPDATE, given, (call, options) =>
        updateObject(call, object, { ...options, subresource: "finalize" }),
      ),
    updateApproval: (object, given) =>
      change(context, "updateApproval", UPDATE, given, (call, options) =>
        updateObject(call, object, { ...options, subresource: "approval" }),
      ),
    updateScale: (scale, given) =>
      change(context, "updateScale", UPDATE, given, (call, options) => updateScale(call, scale, options)),
    scale: (target, replicas, given) =>
      change(context, "scale", WRITE, given, (call, options) => scaleObject(call, target, replicas, options)),
    resize: (target, patch, given) =>
      change(context, "resize", WRITE, given, (call, options) =>
        patchObject(call, target, patch, { ...options, type: "strategic", subresource: "resize" }),
      ),
    addEphemeralContainer: (target, container, given) =>
      change(context, "addEphemeralContainer", WRITE, given, (call, options) => {
        const patch = { spec: { ephemeralContainers: [container] } };
        return patchObject(call, target, patch, { ...options, type: "strategic", subresource: "ephemeralcontainers" });
      }),
  } satisfies Partial<ResourceMethods>;
}

/** Methods that need their own connection are loaded on the first call. */
function podMethods(context: MethodContext) {
  return {
    evict: (target, given) =>
      change(context, "evict", EVICT, given, (call, options) => evictPod(call, target, options)),
    bind: (target, node, given) =>
      change(context, "bind", CHANGE, given, (call, options) => bindPod(call, target, node, options)),
    createToken: async (name, given) => createToken(context, name, copyOptions("createToken", TOKEN, given)),
    proxy: (target, path, given?) =>
      change(context, "proxy", PROXY, given, (call, options) => proxied(call, target, path, options)),
    attach: (target, given) =>
      change(context, "attach", EXEC, given, async (call, options) => {
        const { attachToPod } = await import("./pod-streams.ts");
        return attachToPod(call, target, options);
      }),
    exec: (target, command, given) =>
      change(context, "exec", EXEC, given, async (call, options) => {
        const words = plainCopy(command);
        const { execInPod } = await import("./pod-streams.ts");
        return execInPod(call, target, words, options);
      }),
    portForward: (target, port, given) =>
      change(context, "portForward", CHANGE, given, async (call, options) => {
        const { forwardPort } = await import("./pod-streams.ts");
        return forwardPort(call, target, port, options);
      }),
  } satisfies Partial<ResourceMethods>;
}
