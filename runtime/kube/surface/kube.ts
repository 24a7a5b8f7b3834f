import type { Access, Verb, VerbsOf } from "../../job/access.ts";
import type { Scope } from "../../job/definition.ts";
import type { BuiltinObjects } from "../generated/builtin.ts";
import type { AccessReviewOptions, CallOptions, ChangeOptions, ForEachOptions, PathOptions } from "./call-options.ts";
import type { AccessReview, Sample } from "./call-results.ts";
import type { CustomObjects, KubeObject, Returned } from "./objects.ts";
import type { MethodsByWord } from "./verb-methods.ts";

export type { DeleteOptions, JsonPatchOperation, ListOptions, PatchOptions, Target } from "./call-options.ts";

/** Turns a union into an intersection. */
export type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/** The methods of a resource that its words (verbs, or `subresource:verb`) allow. */
export type ResourceClient<T extends KubeObject, Word extends string> = Intersection<
  MethodsByWord<T>[Word & keyof MethodsByWord<T>]
>;

/** The object type of a key of `access`: from `errand types`, otherwise built in, otherwise generic. */
export type ObjectOf<Key extends string> = Key extends keyof CustomObjects
  ? ObjectAt<CustomObjects[Key]>
  : Key extends keyof BuiltinObjects
    ? ObjectAt<BuiltinObjects[Key]>
    : KubeObject & Record<string, unknown>;

type ObjectAt<T> = T extends KubeObject ? T : KubeObject;

/** `pods/log` → `pods`. */
type MainKey<Key> = Key extends `/${string}` ? never : Key extends `${infer Main}/${string}` ? Main : Key;

/** The declared words of a resource and its subresources: `list`, `log:get`. */
type Words<A extends Access, Main extends string> =
  | (Main extends keyof A ? VerbsOf<A[Main]> : never)
  | {
      [Key in keyof A & string]: Key extends `${Main}/${infer Subresource}`
        ? `${Subresource}:${VerbsOf<A[Key]>}`
        : never;
    }[keyof A & string];

/**
 * The other name of a built-in resource, with or without its group. `events` alone always means the core group's, since two groups have that plural.
 */
type OtherName<Key extends string> = string extends Key
  ? never
  : Key extends "events" | "events.events.k8s.io"
    ? never
    : Key extends `${infer Plural}.${string}`
      ? Key extends keyof BuiltinObjects
        ? Plural
        : never
      : Extract<keyof BuiltinObjects, `${Key}.${string}`>;

/** The declared resources, each by both of its names. */
export type Resources<A extends Access> = {
  readonly [Key in MainKey<keyof A & string> & string as Key | OtherName<Key>]: ResourceClient<
    ObjectOf<Key>,
    Words<A, Key | OtherName<Key>>
  >;
};

/** An event, as `kubectl describe` shows it with an object. */
export interface EventInput {
  /** One word in upper camel case, such as `PodDeleted`. */
  readonly reason: string;
  /** For people, truncated to 1,024 characters. */
  readonly message: string;
  /** Default: Normal. */
  readonly type?: "Normal" | "Warning";
}

/** Calls without declared access: every authenticated user may make them. */
export interface KubeBase {
  /** The default namespace of calls. */
  readonly namespace: string;
  /** The API versions of the core group (`/api`): the smallest request that shows that the API server is reachable. */
  versions(options?: CallOptions): Promise<readonly string[]>;
  /**
   * Asks the API server whether the job's service account may do something, whatever `access` says.
   * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
   * @param resource as in `access`: `pods`, `deployments.apps`, `pods/log`
   */
  canI(verb: Verb, resource: string, options?: AccessReviewOptions): Promise<boolean>;
  /**
   * The same with the API server's full answer: the reason, whether an authorizer forbids it, and errors during the evaluation.
   * @param resource as in `access`: `pods`, `deployments.apps`, `pods/log`
   */
  reviewAccess(verb: Verb, resource: string, options?: AccessReviewOptions): Promise<AccessReview>;
  /**
   * The controller of an object. Its kind must be declared with the verb `get`.
   * https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
   * @returns undefined if there is no controller, or it was deleted or replaced by another of the same name
   * @throws {NotDeclaredError} if its kind is not declared
   */
  ownerOf(object: KubeObject, options?: CallOptions): Promise<Returned<KubeObject> | undefined>;
  /** All controllers above an object, nearest first: its ReplicaSet, then its Deployment. */
  ownersOf(object: KubeObject, options?: CallOptions): Promise<Returned<KubeObject>[]>;
  /**
   * Calls a function for each item, several at once, adapting the concurrency to what the API server can take.
   * The first error ends the loop, after the calls in flight.
   * @param work called once for each item
   * @returns the number of items
   * @throws the first error of `work` or of the items, or the signal's reason
   */
  forEach<Item>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: (item: Item) => Promise<unknown>,
    options?: ForEachOptions,
  ): Promise<number>;
}

/** Allowed by `events: ["create"]` in addition to `create`. */
export interface EventRecorder {
  /**
   * Records an event about an object, which `kubectl describe` and `kubectl events` show; the API server keeps it for an hour by default.
   * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
   * @param about an object from the API: its uid links the event to it
   */
  record(about: Returned<KubeObject>, event: EventInput, options?: ChangeOptions): Promise<void>;
}

type Recording<A extends Access> = A extends { readonly events: infer Rule }
  ? "create" extends VerbsOf<Rule>
    ? { readonly events: EventRecorder }
    : unknown
  : unknown;

/** Allowed by paths in `access`, such as `/metrics`. */
export interface PathReader<Path extends string> {
  /**
   * Reads a non-resource path of the API server as text.
   * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#non-resource-requests
   * @throws {ApiError} for an error answer
   */
  readPath(path: Path, options?: PathOptions): Promise<string>;
  /** The same, parsed as Prometheus metrics while they arrive. https://prometheus.io/docs/instrumenting/exposition_formats/ */
  readMetrics(path: Path, options?: PathOptions): AsyncIterable<Sample>;
}

type Paths<Path extends string> = [Path] extends [never] ? unknown : PathReader<Path>;

/** `/metrics`, and `/debug/${string}` for `/debug/*`. */
type PathOf<Key> = Key extends `/${infer Rest}`
  ? Rest extends `${infer Prefix}*`
    ? `/${Prefix}${string}`
    : Key
  : never;

/** Added by a scope beyond the job's own namespace. */
type Elsewhere<A extends Access, S> = ("cluster" extends S
  ? {
      /** All namespaces at once, for list and watch. Listed objects can be deleted and patched here. */
      readonly allNamespaces: Resources<A>;
    }
  : unknown) &
  (S extends "cluster" | { readonly namespaces: readonly string[] }
    ? {
        /** Another namespace that `scope` declares. */
        inNamespace(namespace: string): Resources<A>;
      }
    : unknown);

/** A job's client: what it declares in `access` and `scope`, and nothing else. */
export type Kube<A extends Access, S extends Scope | undefined = undefined> = KubeBase &
  Resources<A> &
  Recording<A> &
  Paths<PathOf<keyof A & string>> &
  Elsewhere<A, S>;
