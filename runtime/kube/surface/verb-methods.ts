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
import type { MetadataOf, ObjectList, Reflection, TableRow, WatchEvent } from "./call-results.ts";
import type { KubeObject, Returned } from "./objects.ts";
import type { MethodsBySubresource } from "./subresource-methods.ts";

type Patch = object | readonly JsonPatchOperation[];

/** Workloads with a pod template. */
type Workload = { kind?: "Deployment" | "StatefulSet" | "DaemonSet" };

/** Verb or `subresource:verb` → its methods. */
export interface MethodsByWord<T extends KubeObject> extends MethodsBySubresource<T> {
  get: {
    /**
     * Reads one object.
     * @throws {ApiError} with reason NotFound
     */
    get(name: string, options?: CallOptions): Promise<Returned<T>>;
  };
  list: {
    /**
     * Iterates over all matching objects, page by page; the next page is fetched while the current one is consumed.
     * If reading takes longer than the API server keeps its snapshot, the list continues without returning an object twice, and the report has a warning.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
     * @throws {RangeError} for an invalid selector; {TransportError} for an unreadable answer, possibly after some objects
     */
    list(options?: ListOptions): ObjectList<Returned<T>>;
    /**
     * The same with only the type and metadata of each object: a fraction of the bytes.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
     */
    listMetadata(options?: ListOptions): ObjectList<MetadataOf<T>>;
    /**
     * The same as rows with the columns that `kubectl get` prints, including those of custom resources; only the name if the server does not support tables.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
     */
    listTable(options?: ListOptions): ObjectList<TableRow>;
  };
  watch: {
    /**
     * Yields the existing objects, then every change, until the signal aborts or the run ends. Resumes after disconnects without losing or repeating a change.
     *
     * If an object is deleted during a disconnect, its DELETED event has only type and metadata (name, namespace, uid, resourceVersion,
     * creationTimestamp, labels and ownerReferences). With `keepObjects: true` it has the last known object.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
     * @throws {ApiError} for permanent errors, such as Forbidden or NotFound
     */
    watch(
      options: ObjectWatchOptions & { readonly keepObjects: true },
    ): AsyncIterable<WatchEvent<Returned<T>, Returned<T>>>;
    watch(options?: ObjectWatchOptions): AsyncIterable<WatchEvent<Returned<T>>>;
    /**
     * The same with only the type and metadata of each object: a fraction of the bytes.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
     * @throws {ApiError} as `watch`
     */
    watchMetadata(options?: WatchOptions): AsyncIterable<WatchEvent<MetadataOf<T>>>;
    /**
     * Keeps a live map of the matching objects; resolves when it is complete. Close it, or declare it with `await using`.
     * @throws {ApiError} like `watch`; if the watch fails permanently later, the map throws it
     */
    reflect(options?: WatchOptions): Promise<Reflection<Returned<T>>>;
    /**
     * Waits until an object meets a condition; given by name, it may not exist yet. In a dry run, in which nothing changes, it returns the current state.
     * @returns the object, or `gone` if it was deleted or replaced by another of the same name
     * @throws {WaitTimeoutError} when the timeout passes
     */
    waitFor(
      target: Target,
      isWanted: (object: Returned<T>) => boolean,
      options?: WaitOptions,
    ): Promise<Returned<T> | "gone">;
    /**
     * Waits until an object is deleted or replaced by another of the same name. Returns at once in a dry run.
     * @throws {WaitTimeoutError} when the timeout passes
     */
    waitForGone(target: Target, options?: WaitOptions): Promise<void>;
  };
  create: {
    /**
     * Creates an object, which may leave out apiVersion, kind and namespace; with `metadata.generateName` the server names it. A dry run only validates it.
     * @throws {ApiError} with reason AlreadyExists, or Invalid with a cause for each field
     * @throws {RangeError} before anything is sent, for an object of another kind or namespace
     */
    create(object: T, options?: WriteOptions): Promise<Returned<T>>;
  };
  update: {
    /**
     * Replaces an object if it has not changed since it was read.
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
     * @throws {ApiError} with reason Conflict if it has changed
     * @throws {RangeError} before anything is sent, for an object without name, or without resourceVersion unless `unconditional` is set
     */
    update(object: T, options?: UpdateOptions): Promise<Returned<T>>;
    /**
     * Reads an object, changes it and writes it back; on a conflict it starts over, up to five attempts. Also needs the verb `get`.
     * @param change returns the desired object; called again for each attempt
     * @throws {ApiError} with reason Conflict after the fifth attempt, or NotFound
     */
    modify(name: string, change: (object: Returned<T>) => T | Promise<T>, options?: WriteOptions): Promise<Returned<T>>;
  };
  patch: {
    /**
     * Patches the object with this name.
     * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
     * @param patch fields to merge, null to remove one; for `{ type: "json" }` a list of operations (RFC 6902)
     * @throws {ApiError} with reason NotFound, Invalid, or UnsupportedMediaType for a strategic patch of a custom resource
     */
    patch(name: string, patch: Patch, options?: PatchOptions): Promise<Returned<T>>;
    /**
     * Patches an object that was read before, only if it has not changed.
     * @returns the object; `gone` if it was deleted; `changed` if it was changed or replaced (and was left alone)
     */
    patch(object: ObjectTarget, patch: Patch, options?: PatchOptions): Promise<Returned<T> | "gone" | "changed">;
    /**
     * Server-side apply: declares the desired state of an object, and creates it if it does not exist.
     * https://kubernetes.io/docs/reference/using-api/server-side-apply/
     *
     * @param object or YAML text with this one object, parsed like `parseYaml`. A job's bundle includes the parser (25 KB) if one of its own files calls
     * `.apply` with anything but an object literal
     * @throws {ApiError} with reason Conflict, whose causes name the managers of the fields
     * @throws {RangeError} before anything is sent: for text that is not YAML or does not have exactly one object, for another kind, or an
     * object without a name or with managedFields
     */
    apply(object: T | string, options?: ApplyOptions): Promise<Returned<T>>;
  } & (T extends Workload
    ? {
        /** Restarts a workload's pods, like `kubectl rollout restart`. */
        restart(name: string, options?: ChangeOptions): Promise<Returned<T>>;
        restart(object: ObjectTarget, options?: ChangeOptions): Promise<Returned<T> | "gone" | "changed">;
      }
    : unknown);
  delete: {
    /**
     * Deletes an object. If an object is passed, it is deleted only if it has not changed. It may remain for its grace period and finalizers:
     * `waitForGone` waits for that.
     * @returns `deleted`; `gone` if it no longer existed; `changed` if it was changed or replaced (and was left alone)
     */
    delete(target: Target, options?: DeleteOptions): Promise<"deleted" | "gone" | "changed">;
  };
  deletecollection: {
    /**
     * Deletes all matching objects, page by page. If the API server fails partway, it restarts, up to 20 times.
     * @returns how many were deleted, including those deleted before a failure
     * @throws {RangeError} before anything is sent, without a selector or `all`
     */
    deleteCollection(options: DeleteCollectionOptions & (Selection | { readonly all: true })): Promise<number>;
  };
}
