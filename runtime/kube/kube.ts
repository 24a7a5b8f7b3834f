import type { Access, Verb, VerbsOf } from "../job/access.ts";
import type { CustomObjects } from "./custom-objects.ts";
import type { KubeObject, Returned } from "./objects.ts";
import type { BuiltinObjects } from "./types/builtin.ts";

/** How long an object given to delete may live on, and what happens to its dependents. */
export interface DeleteOptions {
  /** Seconds; 0 means at once. */
  readonly gracePeriodSeconds?: number;
  /** Default: Background. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** For a name: taken from the object where an object is given. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page. Default: 500. */
  readonly limit?: number;
  /** `0` takes whatever the API server has in its cache; then there are no pages. */
  readonly resourceVersion?: "0";
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  readonly signal?: AbortSignal;
}

/** How the server reads a patch's body. https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ */
export type PatchType = "merge" | "strategic" | "json";

export interface PatchOptions extends WriteOptions {
  /** Default: merge. */
  readonly type?: PatchType;
}

export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** An object that the API returned, whose uid and resourceVersion become preconditions, or just a name. */
export type Target = string | ObjectTarget;

/** An object that the API returned, as far as it is needed to find it again, and to see that it is still the same. */
export interface ObjectTarget {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

/** Pages of a list, one object at a time; the next page is fetched while this one is consumed. */
export interface ObjectList<T> extends AsyncIterable<T> {
  /** All of it at once, in memory. */
  toArray(): Promise<T[]>;
}

/** Verb → the methods that it allows. */
interface VerbMethods<T extends KubeObject> {
  get: {
    /** Reads one object. @throws {ApiError} with reason NotFound where there is none */
    get(name: string, options?: { readonly signal?: AbortSignal }): Promise<Returned<T>>;
  };
  list: {
    /** Iterates over all objects that match, page by page. */
    list(options?: ListOptions): ObjectList<Returned<T>>;
  };
  watch: unknown;
  create: {
    /** Creates an object, or only validates it in a dry run. @throws {ApiError} with reason AlreadyExists */
    create(object: T, options?: WriteOptions): Promise<Returned<T>>;
  };
  update: unknown;
  patch: {
    /** Changes parts of the object of this name. */
    patch(name: string, patch: object | readonly JsonPatchOperation[], options?: PatchOptions): Promise<Returned<T>>;
    /**
     * Changes parts of an object that was read before, only if it is still the very same.
     * @returns the object; `gone` where it is no longer there; `changed` where it is another by now (and was left alone)
     */
    patch(
      object: ObjectTarget,
      patch: object | readonly JsonPatchOperation[],
      options?: PatchOptions,
    ): Promise<Returned<T> | "gone" | "changed">;
  };
  delete: {
    /**
     * Deletes an object; one that is given as an object only if it is still the very same.
     * @returns `deleted`; `gone` where it was no longer there; `changed` where it is another by now (and was left alone)
     */
    delete(target: Target, options?: DeleteOptions): Promise<"deleted" | "gone" | "changed">;
  };
  deletecollection: unknown;
}

type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never;

/** The methods for one resource that the declared verbs allow. */
export type ResourceClient<T extends KubeObject, V extends Verb> = Intersection<VerbMethods<T>[V]>;

/** The type of the objects behind a key of `access`: those that `errand types` wrote, else built-in ones; others are generic. */
export type ObjectOf<Key extends string> = Key extends keyof CustomObjects
  ? ObjectAt<CustomObjects[Key]>
  : Key extends keyof BuiltinObjects
    ? ObjectAt<BuiltinObjects[Key]>
    : KubeObject & Record<string, unknown>;

type ObjectAt<T> = T extends KubeObject ? T : KubeObject;

type MainKeys<A extends Access> = Exclude<keyof A & string, `${string}/${string}`>;

/** Calls that need no declared access: every authenticated user may make them. */
export interface KubeBase {
  /** The namespace that calls go to. */
  readonly namespace: string;
  /** The API versions that the server offers for the core group (`/api`). */
  versions(options?: { readonly signal?: AbortSignal }): Promise<readonly string[]>;
}

/** The client as a job sees it: what it declared in `access`, and nothing else. */
export type Kube<A extends Access> = KubeBase & {
  readonly [Key in MainKeys<A>]: ResourceClient<ObjectOf<Key>, VerbsOf<A[Key]>>;
};
