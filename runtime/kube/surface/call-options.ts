// What each call takes: a type, and below it the names of its options by which the slips of plain JavaScript are found.
// An option stands here, and where it becomes part of a request.

/** The names of a call's options, all of them. */
export type OptionNames<O> = { readonly [Name in O extends unknown ? keyof O : never]-?: true };

/** What every call takes. */
export interface CallOptions {
  /** Ends the call with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const CALL = { signal: true } satisfies OptionNames<CallOptions>;

/** What every call takes that changes something. */
export interface ChangeOptions extends CallOptions {
  /**
   * True: the API server validates the change and does not make it. It counts against no limit and is in no report. False is the default, and leads out of no dry
   * run. https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
   */
  readonly dryRun?: boolean;
}

export const CHANGE = { ...CALL, dryRun: true } satisfies OptionNames<ChangeOptions>;

/** How long an object given to delete may live on, and what happens to its dependents. */
export interface DeleteOptions extends ChangeOptions {
  /** Seconds; 0 means at once. */
  readonly gracePeriodSeconds?: number;
  /** Default: Background. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** For a name: taken from the object where an object is given. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export const DELETE = {
  ...CHANGE,
  gracePeriodSeconds: true,
  propagationPolicy: true,
  preconditions: true,
} satisfies OptionNames<DeleteOptions>;

/** Which labels objects must have, as workloads and services write it: `deployment.spec.selector` can be given as it is. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Which objects a call is about. */
export interface Selection {
  /** Text, or a selector as workloads write it. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
  readonly labelSelector?: string | LabelSelector;
  /** Text, or field paths with the values that they must have. https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
  readonly fieldSelector?: string | Readonly<Record<string, string>>;
}

const SELECTION = { labelSelector: true, fieldSelector: true } satisfies OptionNames<Selection>;

/** What a list gives, and in pages of which size. */
export interface ListOptions extends CallOptions, Selection {
  /** Objects a page. Default: 500. */
  readonly limit?: number;
  /** `0` takes whatever the API server has in its cache; then there are no pages. */
  readonly resourceVersion?: "0";
}

export const LIST = { ...CALL, ...SELECTION, limit: true, resourceVersion: true } satisfies OptionNames<ListOptions>;

/** What a watch tells about. It has no limit: it lasts until its signal or the run ends. */
export interface WatchOptions extends CallOptions, Selection {
  /**
   * False: what is there is listed in pages first, which takes the verb `list` and for ten thousands of objects half the time. Default: true, the API server streams
   * it as the watch's first events. https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
   */
  readonly sendInitialEvents?: boolean;
}

export const WATCH = { ...CALL, ...SELECTION, sendInitialEvents: true } satisfies OptionNames<WatchOptions>;

/** What a watch tells besides, and what it knows of an object that went while it was cut. */
export interface ObjectWatchOptions extends WatchOptions {
  /** True: each object is kept as it was last, for the event that says that it is gone; 20,000 pods take 150 MB. Default: false, only its type and metadata are kept. */
  readonly keepObjects?: boolean;
  /** Told each time that the watch is interrupted, and why. It goes on by itself. */
  readonly onInterruption?: (error: unknown) => void;
}

export const OBJECT_WATCH = {
  ...WATCH,
  keepObjects: true,
  onInterruption: true,
} satisfies OptionNames<ObjectWatchOptions>;

/** A collection is deleted by a selector; everything of a namespace only where `all` says so. */
export interface DeleteCollectionOptions extends DeleteOptions, Selection {
  readonly all?: true;
}

export const DELETE_COLLECTION = { ...DELETE, ...SELECTION, all: true } satisfies OptionNames<DeleteCollectionOptions>;

/** How what is written is checked. https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation */
export interface WriteOptions extends ChangeOptions {
  /** What the server does with fields that it does not know. Default: Strict, which refuses them. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
}

export const WRITE = { ...CHANGE, fieldValidation: true } satisfies OptionNames<WriteOptions>;

/** Whether an update overwrites what was written meanwhile. */
export interface UpdateOptions extends WriteOptions {
  /** True: the object is written whatever was written since it was read. Otherwise its resourceVersion is needed. */
  readonly unconditional?: true;
}

export const UPDATE = { ...WRITE, unconditional: true } satisfies OptionNames<UpdateOptions>;

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export interface ApplyOptions extends ChangeOptions {
  /** Takes over fields that others manage. */
  readonly force?: boolean;
  /** Default: the client's own, `errand`. */
  readonly fieldManager?: string;
}

export const APPLY = { ...CHANGE, force: true, fieldManager: true } satisfies OptionNames<ApplyOptions>;

/** How the server reads a patch's body. https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ */
export type PatchType = "merge" | "strategic" | "json";

/** How a patch is read and checked. */
export interface PatchOptions extends WriteOptions {
  /** Default: merge. */
  readonly type?: PatchType;
}

export const PATCH = { ...WRITE, type: true } satisfies OptionNames<PatchOptions>;

/** One step of a JSON patch. https://www.rfc-editor.org/rfc/rfc6902#section-4 */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  /** A JSON pointer: `/data/size`; `~1` stands for a slash in a name, `~0` for a tilde. */
  readonly path: string;
  /** For `move` and `copy`: a JSON pointer. */
  readonly from?: string;
  readonly value?: unknown;
}

/** How long a call waits for something in the cluster. */
export interface WaitOptions extends CallOptions {
  /** A duration such as `90s`, `5m` or `1h30m`. Default: until the run's own end. */
  readonly timeout?: string;
}

export const WAIT = { ...CALL, timeout: true } satisfies OptionNames<WaitOptions>;

/** How long an eviction waits, and how long the pod may take to end. */
export interface EvictOptions extends WaitOptions, ChangeOptions {
  /** Seconds; 0 means at once. */
  readonly gracePeriodSeconds?: number;
}

export const EVICT = { ...WAIT, ...CHANGE, gracePeriodSeconds: true } satisfies OptionNames<EvictOptions>;

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod */
export interface LogOptions extends CallOptions {
  /** Needed where the pod has several. */
  readonly container?: string;
  /** Goes on as lines are written, until the container has ended. */
  readonly follow?: boolean;
  /** The container's run before this one. */
  readonly previous?: boolean;
  /** Lines no older than this, such as `10m`. */
  readonly since?: string;
  /** Lines not before this time, RFC 3339. */
  readonly sinceTime?: string;
  /** Only the last lines, so many. */
  readonly tail?: number;
  /** Ends the log after about this many bytes; the last line may be cut. */
  readonly limitBytes?: number;
  /** The longest line that is read, in bytes; a longer one is an error. Default: 16 MiB. */
  readonly maxLineBytes?: number;
}

export const LOG = {
  ...CALL,
  container: true,
  follow: true,
  previous: true,
  since: true,
  sinceTime: true,
  tail: true,
  limitBytes: true,
  maxLineBytes: true,
} satisfies OptionNames<LogOptions>;

/** Query parameters as people give them: what is undefined is left out, arrays are repeated in their order. */
export type QueryInput = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What is asked for behind a path. */
export interface PathOptions extends CallOptions {
  /** Names and values as they are: they are encoded once. A list is repeated, what is undefined is left out. */
  readonly query?: QueryInput;
  /** The most that is read of a text, in bytes. Default: 64 MiB. Metrics are read as they arrive. */
  readonly maxBytes?: number;
}

export const PATH = { ...CALL, query: true, maxBytes: true } satisfies OptionNames<PathOptions>;

/** What is written through a proxy. */
export interface ProxyWriteOptions<Method extends "POST" | "PUT" | "PATCH" | "DELETE"> extends PathOptions {
  readonly method: Method;
  /** Text goes out as it is, everything else as JSON. */
  readonly body?: string | object;
  /** Default: `text/plain; charset=utf-8` for text, else `application/json`. */
  readonly contentType?: string;
}

/** What is read or written through a proxy. */
export type ProxyOptions =
  | (PathOptions & { readonly method?: "GET" })
  | ProxyWriteOptions<"POST" | "PUT" | "PATCH" | "DELETE">;

/** In a dry run of its own a call is better told that it cannot be made as one than that there is no such option. */
type WithDryRun<O> = O & Pick<ChangeOptions, "dryRun">;

export const PROXY = { ...PATH, ...CHANGE, method: true, body: true, contentType: true } satisfies OptionNames<
  WithDryRun<ProxyOptions>
>;

/** What the caller's right is asked for. */
export interface AccessReviewOptions extends CallOptions {
  /** The one object. Default: any. */
  readonly name?: string;
  /** Default: the client's own, and none for what belongs to none: of a custom resource discovery says so. `""` is none as well. */
  readonly namespace?: string;
}

export const ACCESS_REVIEW = { ...CALL, name: true, namespace: true } satisfies OptionNames<AccessReviewOptions>;

/** The streams of a command. https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/ */
export interface ExecOptions extends CallOptions {
  /** Default: the pod's first, or the one its annotation `kubectl.kubernetes.io/default-container` names. */
  readonly container?: string;
  /** Written to the command's standard input, which then ends. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Given each part of standard output as it arrives, instead of collecting it. */
  readonly onStdout?: (part: Uint8Array) => void;
  /** The same for standard error. */
  readonly onStderr?: (part: Uint8Array) => void;
}

export const EXEC = { ...CHANGE, container: true, stdin: true, onStdout: true, onStderr: true } satisfies OptionNames<
  WithDryRun<ExecOptions>
>;

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

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
export interface TokenOptions extends CallOptions {
  /** Who the token is meant for. Default: the API server. */
  readonly audiences?: readonly string[];
  /** Seconds, at least 600; the server may give another lifetime. Default: its own, mostly an hour. */
  readonly expirationSeconds?: number;
}

export const TOKEN = { ...CALL, audiences: true, expirationSeconds: true } satisfies OptionNames<TokenOptions>;

/** What `forEach` is bounded by. */
export interface ForEachOptions extends CallOptions {
  /** The most calls at once. Default: found out, up to 32: fewer when the server asks to slow down, more again when it does not. */
  readonly concurrency?: number;
}

export const FOR_EACH = { ...CALL, concurrency: true } satisfies OptionNames<ForEachOptions>;
