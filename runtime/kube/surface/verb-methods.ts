import type {
  ApplyOptions,
  CallOptions,
  ChangeOptions,
  DeleteCollectionOptions,
  DeleteOptions,
  JsonPatchOperation,
  ListOptions,
  ObjectTarget,
  ObjectWatchOptions,
  PatchOptions,
  Selection,
  Target,
  UpdateOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from "./call-options.ts";
import type { MetadataOnly, ObjectList, Reflection, TableRow, WatchEvent } from "./call-results.ts";
import type { KubeObject, Returned } from "./objects.ts";
import type { MethodsBySubresource } from "./subresource-methods.ts";

type Patch = object | readonly JsonPatchOperation[];

/** Workloads whose pods are made from a template. */
type Workload = { kind?: "Deployment" | "StatefulSet" | "DaemonSet" };

/** Verb, or `subresource:verb`, → the methods that it allows. What is not here has no method. */
export interface MethodsByWord<T extends KubeObject> extends MethodsBySubresource<T> {
  get: {
    /**
     * Reads one object.
     * @throws {ApiError} with reason NotFound where there is none
     */
    get(name: string, options?: CallOptions): Promise<Returned<T>>;
  };
  list: {
    /**
     * Iterates over all objects that match, page by page, the next page on its way while this one is consumed.
     * A list that takes longer than the API server keeps its snapshot goes on without giving an object twice, and says so in the report's warnings.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
     * @throws {RangeError} for a selector that is none; {TransportError} where an answer cannot be read, also after objects were given
     */
    list(options?: ListOptions): ObjectList<Returned<T>>;
    /**
     * The same with nothing but type and metadata of each object: a fraction of the bytes.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
     */
    listMetadata(options?: ListOptions): ObjectList<MetadataOnly>;
    /**
     * The same as rows with the columns that `kubectl get` prints, which also custom resources define; only the name where a server makes no tables.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
     */
    listTable(options?: ListOptions): ObjectList<TableRow>;
  };
  watch: {
    /**
     * Tells what is there, and then every change, until the signal or the run ends. Disconnects are bridged without losing or repeating a change.
     *
     * It keeps no objects: the DELETED of one that went during a disconnect has only its type and metadata (name, namespace, uid, resourceVersion,
     * creationTimestamp, labels and ownerReferences). With `keepObjects: true` it is the object as it was last.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
     * @throws {ApiError} with reason Forbidden or NotFound, which no retry would change
     */
    watch(
      options: ObjectWatchOptions & { readonly keepObjects: true },
    ): AsyncIterable<WatchEvent<Returned<T>, Returned<T>>>;
    watch(options?: ObjectWatchOptions): AsyncIterable<WatchEvent<Returned<T>>>;
    /**
     * The same with nothing but type and metadata of each object: a fraction of the bytes.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
     * @throws {ApiError} as `watch`
     */
    watchMetadata(options?: WatchOptions): AsyncIterable<WatchEvent<MetadataOnly>>;
    /**
     * Keeps a live map of the objects that match; resolves when it is complete. Close it, or declare it with `await using`.
     * @throws {ApiError} as `watch`, here or, where it fails for good later, from the map
     */
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
    /**
     * Waits until an object is no longer there, or another has taken its name; not in a dry run.
     * @throws {WaitTimeoutError} when the timeout passes
     */
    waitForGone(target: Target, options?: WaitOptions): Promise<void>;
  };
  create: {
    /**
     * Creates an object, or only validates it in a dry run. apiVersion, kind and namespace may be left out of it; with `metadata.generateName` the server names it.
     * @throws {ApiError} with reason AlreadyExists, or Invalid with a cause for each field
     * @throws {RangeError} before anything is sent, for an object of another kind or namespace
     */
    create(object: T, options?: WriteOptions): Promise<Returned<T>>;
  };
  update: {
    /**
     * Writes an object as a whole, if it was not changed since it was read.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
     * @throws {ApiError} with reason Conflict where it was
     * @throws {RangeError} before anything is sent, for an object without name or, unless `unconditional` is set, without resourceVersion
     */
    update(object: T, options?: UpdateOptions): Promise<Returned<T>>;
    /**
     * Reads an object, changes it and writes it back, up to five times where somebody else was faster. Takes the verb `get` as well.
     * @param change gives the object as it shall be; it is called again for each try
     * @throws {ApiError} with reason Conflict after the fifth time, NotFound where there is none
     */
    modify(name: string, change: (object: Returned<T>) => T | Promise<T>, options?: WriteOptions): Promise<Returned<T>>;
  };
  patch: {
    /**
     * Changes parts of the object of this name.
     * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
     * @param patch fields to merge, where null removes one; for `{ type: "json" }` a list of operations (RFC 6902)
     * @throws {ApiError} with reason NotFound, Invalid, or UnsupportedMediaType for a strategic patch of a custom resource
     */
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
     * @throws {RangeError} before anything is sent: for text that is not YAML or holds another number of objects than one, for another kind, or an
     * object without a name or with managedFields
     */
    apply(object: T | string, options?: ApplyOptions): Promise<Returned<T>>;
  } & (T extends Workload
    ? {
        /** Rolls a workload's pods over, as `kubectl rollout restart` does. */
        restart(name: string, options?: ChangeOptions): Promise<Returned<T>>;
        restart(object: ObjectTarget, options?: ChangeOptions): Promise<Returned<T> | "gone" | "changed">;
      }
    : unknown);
  delete: {
    /**
     * Deletes an object; one that is given as an object only if it is still the very same. It may be there for its grace period and its finalizers:
     * `waitForGone` waits for that.
     * @returns `deleted`; `gone` where it was no longer there; `changed` where it is another by now (and was left alone)
     */
    delete(target: Target, options?: DeleteOptions): Promise<"deleted" | "gone" | "changed">;
  };
  deletecollection: {
    /**
     * Deletes all objects that match, page by page, and begins again where the API server breaks off, up to 20 times.
     * @returns how many were deleted, those included that the server had come to before it broke off
     * @throws {RangeError} before anything is sent, without a selector and without `all`
     */
    deleteCollection(options: DeleteCollectionOptions & (Selection | { readonly all: true })): Promise<number>;
  };
}
