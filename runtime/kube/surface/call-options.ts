// The options of each call: a type, and below it the option names, which catch typos in plain JavaScript.
// // A new option changes two files: this one, and the one that makes it part of a request.

/** Every option name of a call. */
export type OptionNames<O> = { readonly [Name in O extends unknown ? keyof O : never]-?: true };

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const CALL = { signal: true } satisfies OptionNames<CallOptions>;

/** Options of every mutating call. */
export interface ChangeOptions extends CallOptions {
  /**
   * True: the API server validates the change without making it. It counts against no limit and is in no report. Default: false, which does not turn off the
   * dry run of a whole run. https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
   */
  readonly dryRun?: boolean;
}

export const CHANGE = { ...CALL, dryRun: true } satisfies OptionNames<ChangeOptions>;

/** Options of delete. */
export interface DeleteOptions extends ChangeOptions {
  /** Seconds; 0 means at once. */
  readonly gracePeriodSeconds?: number;
  /** Default: Background. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  /** For a target given by name; an object brings its own. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export const DELETE = {
  ...CHANGE,
  gracePeriodSeconds: true,
  propagationPolicy: true,
  preconditions: true,
} satisfies OptionNames<DeleteOptions>;

/** A label selector as in workloads: `deployment.spec.selector` can be passed as it is. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Selects the objects of a call. */
export interface Selection {
  /** Text, or a selector as in workloads. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
  readonly labelSelector?: string | LabelSelector;
  /** Text, or field paths with their required values. https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
  readonly fieldSelector?: string | Readonly<Record<string, string>>;
}

const SELECTION = { labelSelector: true, fieldSelector: true } satisfies OptionNames<Selection>;

/** Options of list. */
export interface ListOptions extends CallOptions, Selection {
  /** Page size, in objects. Default: 500. */
  readonly limit?: number;
  /** `0` reads from the API server's cache, in a single page. */
  readonly resourceVersion?: "0";
}

export const LIST = { ...CALL, ...SELECTION, limit: true, resourceVersion: true } satisfies OptionNames<ListOptions>;

/** Options of watch. A watch lasts until its signal aborts or the run ends. */
export interface WatchOptions extends CallOptions, Selection {
  /**
   * False: lists the existing objects in pages first, which needs the verb `list` and takes half the time for tens of thousands of objects. Default: true, the
   * API server streams them as the watch's first events. https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
   */
  readonly sendInitialEvents?: boolean;
}

export const WATCH = { ...CALL, ...SELECTION, sendInitialEvents: true } satisfies OptionNames<WatchOptions>;

/** Options of a watch over whole objects. */
export interface ObjectWatchOptions extends WatchOptions {
  /** True: keeps the last state of each object for its DELETED event after a disconnect; 20,000 pods take 150 MB. Default: false, keeps only type and metadata. */
  readonly keepObjects?: boolean;
  /** Called with the error each time the watch is interrupted. It resumes by itself. */
  readonly onInterruption?: (error: unknown) => void;
}

export const OBJECT_WATCH = {
  ...WATCH,
  keepObjects: true,
  onInterruption: true,
} satisfies OptionNames<ObjectWatchOptions>;

/** Requires a selector, or `all` to delete everything in the namespace. */
export interface DeleteCollectionOptions extends DeleteOptions, Selection {
  readonly all?: true;
}

export const DELETE_COLLECTION = { ...DELETE, ...SELECTION, all: true } satisfies OptionNames<DeleteCollectionOptions>;

/** Options of writes. https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation */
export interface WriteOptions extends ChangeOptions {
  /** How the server treats unknown fields. Default: Strict, which refuses them. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
}

export const WRITE = { ...CHANGE, fieldValidation: true } satisfies OptionNames<WriteOptions>;

/** Options of update. */
export interface UpdateOptions extends WriteOptions {
  /** True: overwrites changes made since the object was read. Otherwise its resourceVersion is required. */
  readonly unconditional?: true;
}

export const UPDATE = { ...WRITE, unconditional: true } satisfies OptionNames<UpdateOptions>;

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export interface ApplyOptions extends ChangeOptions {
  /** Takes over fields with other managers. */
  readonly force?: boolean;
  /** Default: the client's, `errand`. */
  readonly fieldManager?: string;
}

export const APPLY = { ...CHANGE, force: true, fieldManager: true } satisfies OptionNames<ApplyOptions>;

/** https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ */
export type PatchType = "merge" | "strategic" | "json";

/** Options of patch. */
export interface PatchOptions extends WriteOptions {
  /** Default: merge. */
  readonly type?: PatchType;
}

export const PATCH = { ...WRITE, type: true } satisfies OptionNames<PatchOptions>;

/** One step of a JSON patch. https://www.rfc-editor.org/rfc/rfc6902#section-4 */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  /** A JSON pointer such as `/data/size`; `~1` encodes a slash, `~0` a tilde. */
  readonly path: string;
  /** For `move` and `copy`: a JSON pointer. */
  readonly from?: string;
  readonly value?: unknown;
}

/** Options of waits. */
export interface WaitOptions extends CallOptions {
  /** A duration such as `90s`, `5m` or `1h30m`. Default: until the run ends. */
  readonly timeout?: string;
}

export const WAIT = { ...CALL, timeout: true } satisfies OptionNames<WaitOptions>;

/** Options of evict. */
export interface EvictOptions extends WaitOptions, ChangeOptions {
  /** Seconds; 0 means at once. */
  readonly gracePeriodSeconds?: number;
}

export const EVICT = { ...WAIT, ...CHANGE, gracePeriodSeconds: true } satisfies OptionNames<EvictOptions>;

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod */
export interface LogOptions extends CallOptions {
  /** Required if the pod has several. */
  readonly container?: string;
  /** Follows the log until the container ends. */
  readonly follow?: boolean;
  /** Reads the log of the previous container instance. */
  readonly previous?: boolean;
  /** Only lines newer than this, such as `10m`. */
  readonly since?: string;
  /** Only lines since this time, RFC 3339. */
  readonly sinceTime?: string;
  /** Only this many of the last lines. */
  readonly tail?: number;
  /** Ends the log after about this many bytes; the last line may be truncated. */
  readonly limitBytes?: number;
  /** Maximum length of a line, in bytes; a longer one is an error. Default: 16 MiB. */
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

/** Query parameters: undefined ones are left out, arrays repeat the parameter. */
export type QueryInput = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Options of reading a path. */
export interface PathOptions extends CallOptions {
  /** Unencoded names and values. Undefined ones are left out, arrays repeat the parameter. */
  readonly query?: QueryInput;
  /** Maximum size of a text, in bytes. Default: 64 MiB. Metrics are streamed. */
  readonly maxBytes?: number;
}

export const PATH = { ...CALL, query: true, maxBytes: true } satisfies OptionNames<PathOptions>;

/** Options of writing through the API server's proxy. */
export interface ProxyWriteOptions<Method extends "POST" | "PUT" | "PATCH" | "DELETE"> extends PathOptions {
  readonly method: Method;
  /** Text is sent unchanged, anything else as JSON. */
  readonly body?: string | object;
  /** Default: `text/plain; charset=utf-8` for text, otherwise `application/json`. */
  readonly contentType?: string;
}

export type ProxyOptions =
  | (PathOptions & { readonly method?: "GET" })
  | ProxyWriteOptions<"POST" | "PUT" | "PATCH" | "DELETE">;

/** Accepts `dryRun`, so that the error says "has no dry run" instead of "unknown option". */
type WithDryRun<O> = O & Pick<ChangeOptions, "dryRun">;

export const PROXY = { ...PATH, ...CHANGE, method: true, body: true, contentType: true } satisfies OptionNames<
  WithDryRun<ProxyOptions>
>;

/** Options of access reviews. */
export interface AccessReviewOptions extends CallOptions {
  /** One object. Default: any. */
  readonly name?: string;
  /** Default: the client's; none for cluster-scoped resources (discovery tells for custom ones). `""` also means none. */
  readonly namespace?: string;
}

export const ACCESS_REVIEW = { ...CALL, name: true, namespace: true } satisfies OptionNames<AccessReviewOptions>;

/** Options of exec and attach. https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/ */
export interface ExecOptions extends CallOptions {
  /** Default: the pod's first, or the one its annotation `kubectl.kubernetes.io/default-container` names. */
  readonly container?: string;
  /** Written to the command's standard input, which is then closed. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Called with each part of standard output as it arrives, instead of collecting it. */
  readonly onStdout?: (part: Uint8Array) => void;
  /** The same for standard error. */
  readonly onStderr?: (part: Uint8Array) => void;
}

export const EXEC = { ...CHANGE, container: true, stdin: true, onStdout: true, onStderr: true } satisfies OptionNames<
  WithDryRun<ExecOptions>
>;

/** A name, or an object from the API, whose uid and resourceVersion become preconditions. */
export type Target = string | ObjectTarget;

/** The parts of an object from the API that find it again and tell whether it has changed. */
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
  /** The token's audiences. Default: the API server. */
  readonly audiences?: readonly string[];
  /** Seconds, at least 600; the server may choose another lifetime. Default: the server's, usually an hour. */
  readonly expirationSeconds?: number;
}

export const TOKEN = { ...CALL, audiences: true, expirationSeconds: true } satisfies OptionNames<TokenOptions>;

/** Options of `forEach`. */
export interface ForEachOptions extends CallOptions {
  /** Maximum number of concurrent calls. Default: adaptive, up to 64: fewer when the server throttles, more again when it does not. */
  readonly concurrency?: number;
}

export const FOR_EACH = { ...CALL, concurrency: true } satisfies OptionNames<ForEachOptions>;
