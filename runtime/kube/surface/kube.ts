import type { Access, Verb, VerbsOf } from "../../job/access.ts";
import type { Scope } from "../../job/definition.ts";
import type { BuiltinObjects } from "../generated/builtin.ts";
import type { AccessReviewOptions, CallOptions, ChangeOptions, ForEachOptions, PathOptions } from "./call-options.ts";
import type { AccessReview, Sample } from "./call-results.ts";
import type { CustomObjects, KubeObject, Returned } from "./objects.ts";
import type { MethodsByWord } from "./verb-methods.ts";

export type { DeleteOptions, JsonPatchOperation, ListOptions, PatchOptions, Target } from "./call-options.ts";

/** What every member of a union is at once. */
export type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/** The methods for one resource that words (verbs, or `subresource:verb`) allow. */
export type ResourceClient<T extends KubeObject, Word extends string> = Intersection<
  MethodsByWord<T>[Word & keyof MethodsByWord<T>]
>;

/** The type of the objects behind a key of `access`: those that `errand types` wrote, else built-in ones; others are generic. */
export type ObjectOf<Key extends string> = Key extends keyof CustomObjects
  ? ObjectAt<CustomObjects[Key]>
  : Key extends keyof BuiltinObjects
    ? ObjectAt<BuiltinObjects[Key]>
    : KubeObject & Record<string, unknown>;

type ObjectAt<T> = T extends KubeObject ? T : KubeObject;

/** `pods/log` → `pods`. */
type MainKey<Key> = Key extends `/${string}` ? never : Key extends `${infer Main}/${string}` ? Main : Key;

/** What is declared for a resource and for its subresources: `list`, `log:get`. */
type Words<A extends Access, Main extends string> =
  | (Main extends keyof A ? VerbsOf<A[Main]> : never)
  | {
      [Key in keyof A & string]: Key extends `${Main}/${infer Subresource}`
        ? `${Subresource}:${VerbsOf<A[Key]>}`
        : never;
    }[keyof A & string];

/**
 * The other name of a built-in resource: its group may be left out. `events` alone always means the core group's, since two groups have that plural.
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

/** The declared resources in one place, each by both of its names. */
export type Resources<A extends Access> = {
  readonly [Key in MainKey<keyof A & string> & string as Key | OtherName<Key>]: ResourceClient<
    ObjectOf<Key>,
    Words<A, Key | OtherName<Key>>
  >;
};

/** What happened, as `kubectl describe` shows it beside an object. */
export interface EventInput {
  /** One word in upper camel case, such as `PodDeleted`. */
  readonly reason: string;
  /** What a person reads, up to 1,024 characters; the rest is cut. */
  readonly message: string;
  /** Default: Normal. */
  readonly type?: "Normal" | "Warning";
}

/** Calls that need no declared access: every authenticated user may make them. */
export interface KubeBase {
  /** The namespace that calls go to. */
  readonly namespace: string;
  /** The API versions that the server offers for the core group (`/api`): the smallest question that shows that it can be reached. */
  versions(options?: CallOptions): Promise<readonly string[]>;
  /**
   * Asks the API server whether the job's service account may do something, whatever `access` says.
   * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
   * @param resource as in `access`: `pods`, `deployments.apps`, `pods/log`
   */
  canI(verb: Verb, resource: string, options?: AccessReviewOptions): Promise<boolean>;
  /**
   * The same with the API server's whole answer: why, whether an authorizer forbids it, and what failed while it was looked at.
   * @param resource as in `access`: `pods`, `deployments.apps`, `pods/log`
   */
  reviewAccess(verb: Verb, resource: string, options?: AccessReviewOptions): Promise<AccessReview>;
  /**
   * The object that controls this one, if it has one. Its kind must be declared with the verb `get`.
   * https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
   * @returns undefined without a controller, and where it is gone or replaced by another of its name
   * @throws {NotDeclaredError} where its kind is not declared
   */
  ownerOf(object: KubeObject, options?: CallOptions): Promise<Returned<KubeObject> | undefined>;
  /** All controllers above an object, the nearest first: its ReplicaSet, then its Deployment. */
  ownersOf(object: KubeObject, options?: CallOptions): Promise<Returned<KubeObject>[]>;
  /**
   * Calls a function for each item, several at once, and shrinks and grows their number with what the API server can take.
   * The first error ends it, after the calls under way.
   * @param work called once for each item; its promise says when it is done
   * @returns how many items there were
   * @throws the first error of `work` or of the items, and the signal's reason
   */
  forEach<Item>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: (item: Item) => Promise<unknown>,
    options?: ForEachOptions,
  ): Promise<number>;
}

/** What `events: ["create"]` allows besides `create`. */
export interface EventRecorder {
  /**
   * Writes an event about an object, which `kubectl describe` and `kubectl events` show; the API server keeps it for an hour, unless it is told otherwise.
   * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
   * @param about as the API returned it: its uid ties the event to it
   */
  record(about: Returned<KubeObject>, event: EventInput, options?: ChangeOptions): Promise<void>;
}

type Recording<A extends Access> = A extends { readonly events: infer Rule }
  ? "create" extends VerbsOf<Rule>
    ? { readonly events: EventRecorder }
    : unknown
  : unknown;

/** What paths such as `/metrics` in `access` allow. */
export interface PathReader<Path extends string> {
  /**
   * The text behind a path of the API server that is not a resource.
   * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#non-resource-requests
   * @throws {ApiError} for an answer that is an error
   */
  readPath(path: Path, options?: PathOptions): Promise<string>;
  /** The same, read as Prometheus metrics while they arrive. https://prometheus.io/docs/instrumenting/exposition_formats/ */
  readMetrics(path: Path, options?: PathOptions): AsyncIterable<Sample>;
}

type Paths<Path extends string> = [Path] extends [never] ? unknown : PathReader<Path>;

/** `/metrics`, and `/debug/${string}` for `/debug/*`. */
type PathOf<Key> = Key extends `/${infer Rest}`
  ? Rest extends `${infer Prefix}*`
    ? `/${Prefix}${string}`
    : Key
  : never;

/** What a scope beyond the own namespace adds. */
type Elsewhere<A extends Access, S> = ("cluster" extends S
  ? {
      /** All namespaces at once, for list and watch. Objects that they give can be deleted and patched there. */
      readonly allNamespaces: Resources<A>;
    }
  : unknown) &
  (S extends "cluster" | { readonly namespaces: readonly string[] }
    ? {
        /** Another namespace that `scope` declares. */
        inNamespace(namespace: string): Resources<A>;
      }
    : unknown);

/** The client as a job sees it: what it declared in `access` and `scope`, and nothing else. */
export type Kube<A extends Access, S extends Scope | undefined = undefined> = KubeBase &
  Resources<A> &
  Recording<A> &
  Paths<PathOf<keyof A & string>> &
  Elsewhere<A, S>;
