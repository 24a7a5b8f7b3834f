/// <reference types="node" preserve="true" />
import type { Duplex } from "node:stream";
import type {
  ApplyOptions,
  CallOptions,
  DeleteCollectionOptions,
  DeleteOptions,
  EvictOptions,
  ExecOptions,
  JsonPatchOperation,
  ListOptions,
  LogOptions,
  ObjectTarget,
  PatchOptions,
  Selection,
  Target,
  TokenOptions,
  UpdateOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from "./call-options.ts";
import type {
  ExecResult,
  MetadataOnly,
  ObjectList,
  Reflection,
  Scale,
  ServiceAccountToken,
  TableRow,
  WatchEvent,
} from "./call-results.ts";
import type { Sample } from "./metrics/prometheus.ts";
import type { KubeObject, Returned } from "./objects.ts";

type Patch = object | readonly JsonPatchOperation[];

/** Workloads whose pods are made from a template. */
type Workload = { kind?: "Deployment" | "StatefulSet" | "DaemonSet" };

/** Verb, or `subresource:verb`, → the methods that it allows. What is not here has no method. */
export interface MethodsByWord<T extends KubeObject> {
  get: {
    /** Reads one object. @throws {ApiError} with reason NotFound where there is none */
    get(name: string, options?: CallOptions): Promise<Returned<T>>;
  };
  list: {
    /** Iterates over all objects that match, page by page. */
    list(options?: ListOptions): ObjectList<Returned<T>>;
    /** The same with nothing but type and metadata of each object: a fraction of the bytes. */
    listMetadata(options?: ListOptions): ObjectList<MetadataOnly>;
    /** The same as rows with the columns that `kubectl get` prints, which also custom resources define; only the name where a server makes no tables. */
    listTable(options?: ListOptions): ObjectList<TableRow>;
  };
  watch: {
    /**
     * Tells what is there, and then every change, until the signal or the run ends. Disconnects are bridged without losing or repeating a change.
     *
     * It keeps no objects: the DELETED of one that went during a disconnect has only its type and metadata (name, namespace, uid, resourceVersion,
     * creationTimestamp, labels and ownerReferences). `reflect` keeps them.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
     * @throws {ApiError} with reason Forbidden or NotFound, which no retry would change
     */
    watch(options?: WatchOptions): AsyncIterable<WatchEvent<Returned<T>>>;
    /** Keeps a live map of the objects that match; resolves when it is complete. */
    reflect(options?: WatchOptions): Promise<Reflection<Returned<T>>>;
    /**
     * Waits until an object is as wanted; one that is named may also still have to come. In a dry run, in which nothing changes, it gives what is there now.
     * @returns the object, or `gone` where it was deleted, or replaced by another of its name
     * @throws {WaitTimeoutError} when the timeout passes
     */
    waitFor(
      target: Target,
      isWanted: (object: Returned<T>) => boolean,
      options?: WaitOptions,
    ): Promise<Returned<T> | "gone">;
    /** Waits until an object is no longer there, or another has taken its name; not in a dry run. @throws {WaitTimeoutError} when the timeout passes */
    waitForGone(target: Target, options?: WaitOptions): Promise<void>;
  };
  create: {
    /** Creates an object, or only validates it in a dry run. @throws {ApiError} with reason AlreadyExists */
    create(object: T, options?: WriteOptions): Promise<Returned<T>>;
  };
  update: {
    /** Writes an object as a whole, if it was not changed since it was read. @throws {ApiError} with reason Conflict where it was */
    update(object: T, options?: UpdateOptions): Promise<Returned<T>>;
    /** Reads an object, changes it and writes it back, up to five times where somebody else was faster. Takes the verb `get` as well. */
    modify(name: string, change: (object: Returned<T>) => T | Promise<T>, options?: WriteOptions): Promise<Returned<T>>;
  };
  patch: {
    /** Changes parts of the object of this name. */
    patch(name: string, patch: Patch, options?: PatchOptions): Promise<Returned<T>>;
    /**
     * Changes parts of an object that was read before, only if it is still the very same.
     * @returns the object; `gone` where it is no longer there; `changed` where it is another by now (and was left alone)
     */
    patch(object: ObjectTarget, patch: Patch, options?: PatchOptions): Promise<Returned<T> | "gone" | "changed">;
    /**
     * Server-side apply: says how an object should be, and makes it where it is not there.
     * https://kubernetes.io/docs/reference/using-api/server-side-apply/
     *
     * @param object also as a text of YAML with this one object, read as `parseYaml` reads it. The bundle of a job has the reader (25 KB) where one of
     * its own files calls `.apply` with anything but an object that is written there
     * @throws {ApiError} with reason Conflict, whose causes name the managers of the fields
     * @throws {RangeError} before anything is sent: for text that is no YAML or holds another number of objects than one, for another kind, or an
     * object without a name or with managedFields
     */
    apply(object: T | string, options?: ApplyOptions): Promise<Returned<T>>;
  } & (T extends Workload
    ? {
        /** Rolls a workload's pods over, as `kubectl rollout restart` does. */
        restart(name: string, options?: CallOptions): Promise<Returned<T>>;
        restart(object: ObjectTarget, options?: CallOptions): Promise<Returned<T> | "gone" | "changed">;
      }
    : unknown);
  delete: {
    /**
     * Deletes an object; one that is given as an object only if it is still the very same.
     * @returns `deleted`; `gone` where it was no longer there; `changed` where it is another by now (and was left alone)
     */
    delete(target: Target, options?: DeleteOptions): Promise<"deleted" | "gone" | "changed">;
  };
  deletecollection: {
    /** Deletes all objects that match, and repeats it until none is left. @returns how many were deleted */
    deleteCollection(options: DeleteCollectionOptions & (Selection | { readonly all: true })): Promise<number>;
  };
  "status:get": { getStatus(name: string, options?: CallOptions): Promise<Returned<T>> };
  "status:update": { updateStatus(object: T, options?: UpdateOptions): Promise<Returned<T>> };
  "status:patch": {
    /** Merges fields into the status; everything else of the object stays. */
    patchStatus(target: Target, status: object, options?: WriteOptions): Promise<Returned<T> | "gone" | "changed">;
  };
  "scale:get": { getScale(name: string, options?: CallOptions): Promise<Returned<Scale>> };
  "scale:patch": {
    /** Sets the number of replicas; 0 is a number like others. */
    scale(target: Target, replicas: number, options?: WriteOptions): Promise<Returned<Scale> | "gone" | "changed">;
  };
  "log:get": {
    /** The lines of a container's log. A cut connection is taken up again without losing or repeating a line where `follow` is set. */
    logs(target: Target, options?: LogOptions): AsyncIterable<string>;
  };
  "eviction:create": {
    /**
     * Takes a pod off its node as its disruption budget allows, and waits until it does.
     * @returns `evicted`; `gone` or `changed` as for delete
     * @throws {WaitTimeoutError} when the budget does not allow it within the timeout
     */
    evict(target: Target, options?: EvictOptions): Promise<"evicted" | "gone" | "changed">;
  };
  "resize:patch": {
    /** Changes the resources of a running pod's containers. */
    resize(target: Target, patch: object, options?: WriteOptions): Promise<Returned<T> | "gone" | "changed">;
  };
  "ephemeralcontainers:patch": {
    /** Adds a container to a running pod, to look into it. */
    addEphemeralContainer(
      target: Target,
      container: object,
      options?: WriteOptions,
    ): Promise<Returned<T> | "gone" | "changed">;
  };
  "binding:create": {
    /** Puts a pod that is not scheduled yet on a node. */
    bind(target: Target, node: string, options?: CallOptions): Promise<void>;
  };
  "token:create": {
    /** Makes a token for a service account. */
    createToken(name: string, options?: TokenOptions): Promise<ServiceAccountToken>;
  };
  "proxy:get": {
    /**
     * What a node's kubelet, a pod (`name` or `name:port`) or a service (`name:port`) answers to a GET, as text.
     * @param path such as `/metrics`
     */
    proxy(target: Target, path: string, options?: CallOptions): Promise<string>;
    /** The same, read as Prometheus metrics. */
    proxyMetrics(target: Target, path: string, options?: CallOptions): AsyncIterable<Sample>;
  };
  "exec:create": {
    /** Runs a command in a container. It is never made again, and ending the call does not end the command. */
    exec(target: Target, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  };
  "attach:create": {
    /** Joins the streams of a container's own process, until it ends; ending the call does not end the process. */
    attach(target: Target, options?: ExecOptions): Promise<ExecResult>;
  };
  "portforward:create": {
    /**
     * Connects to a port of a pod, also one that only its loopback serves, and gives the connection as a stream. It is refused in a dry run.
     *
     * One call is one connection. It ends when the pod closes it, with `destroy()`, or with the signal, whose reason is then the stream's error.
     * The protocol cannot close one direction alone: `end()` ends what is written without telling the pod.
     * https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
     *
     * @param port 1 to 65535
     * @returns its `error` is an ApiError where nothing listens at the port, a TransportError where the connection breaks
     * @throws {ApiError} with reason NotFound, Forbidden, or BadRequest for a pod that does not run
     * @example
     * const connection = await kube.pods.portForward("web-1", 8080);
     * const request = http.get({ path: "/metrics", createConnection: () => connection });
     */
    portForward(target: Target, port: number, options?: CallOptions): Promise<Duplex>;
  };
}
