import { copyPreconditions, copyQuery } from "../requests/resource.ts";
import { fieldSelectorText, labelSelectorText } from "../requests/selectors.ts";
import { plainCopy } from "../values/json.ts";

const CALL = ["signal"];
const CHANGE = [...CALL, "dryRun"];
const WRITE = [...CHANGE, "fieldValidation"];
const UPDATE = [...WRITE, "unconditional"];
const SELECT = [...CALL, "labelSelector", "fieldSelector"];
const LIST = [...SELECT, "limit", "resourceVersion"];
const WATCH = [...SELECT, "sendInitialEvents"];
const WAIT = [...CALL, "timeout"];
const DELETE = [...CHANGE, "gracePeriodSeconds", "propagationPolicy", "preconditions"];
// To be told that they know no dry run is better than that there is no such option.
const STREAMS = [...CHANGE, "container", "stdin", "onStdout", "onStderr"];
const PATH = [...CALL, "query", "maxBytes"];
const REVIEW = [...CALL, "name", "namespace"];

/** The options that each method takes. */
const OPTIONS = {
  get: CALL,
  list: LIST,
  listMetadata: LIST,
  listTable: LIST,
  watch: [...WATCH, "keepObjects"],
  watchMetadata: WATCH,
  reflect: WATCH,
  waitFor: WAIT,
  waitForGone: WAIT,
  create: WRITE,
  update: UPDATE,
  modify: WRITE,
  patch: [...WRITE, "type"],
  apply: [...CHANGE, "force", "fieldManager"],
  restart: CHANGE,
  delete: DELETE,
  deleteCollection: [...DELETE, ...SELECT, "all"],
  logs: [...CALL, "container", "follow", "previous", "since", "sinceTime", "tail", "limitBytes"],
  evict: [...WAIT, "dryRun", "gracePeriodSeconds"],
  attach: STREAMS,
  exec: STREAMS,
  portForward: CHANGE,
  getStatus: CALL,
  updateStatus: UPDATE,
  patchStatus: WRITE,
  updateFinalize: UPDATE,
  updateApproval: UPDATE,
  getScale: CALL,
  updateScale: UPDATE,
  scale: WRITE,
  resize: WRITE,
  addEphemeralContainer: WRITE,
  bind: CHANGE,
  createToken: [...CALL, "audiences", "expirationSeconds"],
  record: CHANGE,
  proxy: [...PATH, "dryRun", "method", "body", "contentType"],
  proxyMetrics: PATH,
  readPath: PATH,
  readMetrics: PATH,
  versions: CALL,
  canI: REVIEW,
  reviewAccess: REVIEW,
  ownerOf: CALL,
  ownersOf: CALL,
  forEach: [...CALL, "concurrency"],
} as const satisfies Record<string, readonly string[]>;

export type MethodName = keyof typeof OPTIONS;

/** Options that are more than one value: copied to their depth, so that nobody can change them later. */
const COPY: Readonly<Record<string, (value: never) => unknown>> = {
  labelSelector: labelSelectorText,
  fieldSelector: fieldSelectorText,
  preconditions: copyPreconditions,
  audiences: plainCopy,
  body: (value: object) => (ArrayBuffer.isView(value) ? value : plainCopy(value)),
  query: copyQuery,
};

/**
 * Takes the options of one call: each is read once, so that what is checked is what is sent, whoever has the object they came in and whatever its getters say.
 *
 * @throws {TypeError} for an option that the method does not take: a slip of the pen could otherwise select more than was meant
 * @throws {RangeError} for a selector without a term
 */
export function taken<O extends object>(method: MethodName, given: O | undefined): O {
  return namedOptions(method, OPTIONS[method], given);
}

/** The same for a function with options of its own. */
export function namedOptions<O extends object>(method: string, names: readonly string[], given: O | undefined): O {
  const values: Record<string, unknown> = Object.create(null);
  const from = (given ?? values) as Readonly<Record<string, unknown>>;
  if (typeof from !== "object") throw new TypeError(`${method}: its options are an object, not ${typeof from}`);
  const unknown = Object.keys(from).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${method} has no option ${JSON.stringify(unknown)}: it takes ${names.join(", ")}`);
  }
  for (const name of names) {
    // What somebody left on Object.prototype is nobody's option.
    const value = Object.hasOwn(from, name) || !(name in Object.prototype) ? from[name] : undefined;
    if (value !== undefined)
      values[name] = (Object.hasOwn(COPY, name) ? COPY[name]?.(value as never) : undefined) ?? value;
  }
  return Object.freeze(values) as O;
}
