import { DEFAULT_TERMINATION_LOG } from "../../runtime/run/pod/environment.ts";

/** An image's name, including registry, tag and digest. https://github.com/distribution/reference/blob/main/reference.go */
const IMAGE_NAME = /^[a-zA-Z0-9][\w./:@-]*$/;

/**
 * True for a valid name of an image. The API server accepts any text; only the node would find an invalid one, as `InvalidImageName`, when the first run is due.
 */
export function isImageName(text: string): boolean {
  return IMAGE_NAME.test(text);
}

/** True for a valid name of an image with the placeholders `{job}` and `{revision}`. */
export function isImageTemplate(text: string): boolean {
  return isImageName(text.replaceAll(/\{(?:job|revision)\}/g, "x"));
}

/** The oldest major version of Node that errand runs on. */
const OLDEST_NODE = 24;

/** True for a major version of Node that errand runs on. */
export function isNodeVersion(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= OLDEST_NODE;
}

/** The official image of the current long-term support release. */
export const DEFAULT_IMAGE = "node:26.10.0-slim";

/** The share of a pod's memory for V8's old objects; the rest is for young ones, code, buffers and Node itself. */
const HEAP_SHARE = 0.6;

/**
 * V8's space for young objects, in MiB. With V8's default of 16, a job that lists 20,000 pods takes 20 MiB more and is no faster; with 4, garbage collection takes a
 * tenth longer. If it could begin smaller, V8 would grow it twice while a pod starts, which takes 2 ms.
 * https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib
 */
const SEMI_SPACE_MIB = 8;

/** From this version on, Node's permissions cover the network; older versions exit with "bad option" at the flag. */
const FIRST_WITH_ALLOW_NET = 25;

/**
 * Flags for V8. Flags that change the version of its code cache, such as `--initial-old-space-size`, are left out: Node would compile its own modules at each start,
 * which takes 10 ms. Those of the young generation do not. https://nodejs.org/api/v8.html#v8cacheddataversiontag
 */
function heapFlags(memoryBytes: number): string[] {
  return [
    `--max-old-space-size=${Math.floor((memoryBytes * HEAP_SHARE) / 2 ** 20)}`,
    `--min-semi-space-size=${SEMI_SPACE_MIB}`,
    `--max-semi-space-size=${SEMI_SPACE_MIB}`,
    // Nearly all young objects of a run are garbage, so helper threads take longer to wake than they save, above all with a fraction of a CPU. The same goes for
    // sweeping: without its threads, a job that lists 20,000 pods takes a twentieth less time.
    "--no-parallel-scavenge",
    "--no-concurrent-sweeping",
  ];
}

/** What decides the flags of the container's Node. */
export interface NodeSettings {
  /** The tag of an image called `node` gives its version. Other images' tags mean something else, and their Node is assumed to be current. */
  readonly image: string;
  /** The major version of the image's Node, where it was set. */
  readonly nodeVersion?: number | undefined;
  /** The container's memory limit. */
  readonly memoryBytes: number;
  /** Packages that are left out of the bundle, and may have native addons. */
  readonly external?: readonly string[] | undefined;
  /** Folders that are mounted writable. */
  readonly writable?: readonly string[];
}

/**
 * Node with its flags in the container. It may use the network, read any file, and write the termination log and what is mounted writable. It may not start child
 * processes or workers, nor load addons other than those of external packages. https://nodejs.org/api/permissions.html
 *
 * Reading is not restricted: only the mounted secrets are worth reading, and those are the job's own. A list of readable folders would miss tokens that webhooks mount
 * later, and break libraries that probe for optional files and expect no error but that a file is missing.
 */
export function nodeCommand({ image, nodeVersion, memoryBytes, external = [], writable = [] }: NodeSettings): string[] {
  const major = nodeVersion ?? nodeMajorOf(image);
  return [
    "node",
    ...heapFlags(memoryBytes),
    "--permission",
    // The permissions are intended; a warning about them at the start of each log would only worry people.
    "--disable-warning=ExperimentalWarning",
    ...(major === undefined || major >= FIRST_WITH_ALLOW_NET ? ["--allow-net"] : []),
    "--allow-fs-read=*",
    ...(external.length > 0 ? ["--allow-addons"] : []),
    `--allow-fs-write=${DEFAULT_TERMINATION_LOG}`,
    ...writable.map((path) => `--allow-fs-write=${withSlash(path)}`),
  ];
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** 24 for `node:24-slim`; undefined for a tag without a version, such as `:lts`, a digest, and images of another name. */
function nodeMajorOf(image: string): number | undefined {
  const major = /(?:^|\/)node:v?(\d+)(?:[.-][^/@]*)?(?:@.*)?$/.exec(image)?.[1];
  return major === undefined ? undefined : Number(major);
}
