import { DEFAULT_TERMINATION_LOG } from "../../runtime/run/pod/environment.ts";

/** What an image's name is made of, registry, tag and digest included. https://github.com/distribution/reference/blob/main/reference.go */
const IMAGE_NAME = /^[a-zA-Z0-9][\w./:@-]*$/;

/**
 * Whether a text can be the name of an image. The API server takes any text: what is none would only be found by the node, as `InvalidImageName`, once the
 * first run is due.
 */
export function isImageName(text: string): boolean {
  return IMAGE_NAME.test(text);
}

/** Whether it can be one once `{job}` and `{revision}` are filled in. */
export function isImageTemplate(text: string): boolean {
  return isImageName(text.replaceAll(/\{(?:job|revision)\}/g, "x"));
}

/** The oldest major version of Node that errand runs on. */
const OLDEST_NODE = 24;

/** Whether it can be the major version of an image's Node. */
export function isNodeVersion(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= OLDEST_NODE;
}

/** The official image of the current long-term release. */
export const DEFAULT_IMAGE = "node:26.10.0-slim";

/** The part of a pod's memory that V8 may fill with old objects; the rest is for young ones, code, buffers and Node itself. */
const HEAP_SHARE = 0.6;

/**
 * V8's space for young objects, in MiB. With its own choice of 16 a job that lists 20,000 pods takes 20 MiB more, and is no faster; with 4 it spends a
 * tenth more time on collecting garbage. Where it may begin with less, it does so twice while a pod starts, which takes 2 ms.
 * https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib
 */
const SEMI_SPACE_MIB = 8;

/** From here on Node denies the network too, unless it is allowed; older ones end with "bad option" at the flag. */
const FIRST_WITH_ALLOW_NET = 25;

/**
 * What V8 is told. No flag that it derives its code's version from, such as `--initial-old-space-size`: Node's own modules would then be compiled anew at each start, which takes 10 ms. Those
 * of the young generation are none. https://nodejs.org/api/v8.html#v8cacheddataversiontag
 */
function heapFlags(memoryBytes: number): string[] {
  return [
    `--max-old-space-size=${Math.floor((memoryBytes * HEAP_SHARE) / 2 ** 20)}`,
    `--min-semi-space-size=${SEMI_SPACE_MIB}`,
    `--max-semi-space-size=${SEMI_SPACE_MIB}`,
    // What is young in a run is nearly all garbage: threads that help to collect it take longer to be woken, most of all in a pod with a part of a CPU. So do those
    // that clear up after a collection: without them a job that lists 20,000 pods takes a twentieth less.
    "--no-parallel-scavenge",
    "--no-concurrent-sweeping",
  ];
}

/** What the container's Node is started with, besides what it runs. */
export interface NodeSettings {
  /** One called `node` tells in its tag the version of Node; any other's tag is about something else, and its Node is taken for a current one. */
  readonly image: string;
  /** The major version of the image's Node, where it is said. */
  readonly nodeVersion?: number | undefined;
  /** The container's memory limit. */
  readonly memoryBytes: number;
  /** Packages that the bundle leaves out, which may have native addons. */
  readonly external?: readonly string[] | undefined;
  /** Folders that are mounted to be written to. */
  readonly writable?: readonly string[];
}

/**
 * Node's program and flags in the container: it may use the network, read what its container has, and write its termination log and what is mounted for that. No child
 * processes, workers or addons, but those of packages that are left out of the bundle. https://nodejs.org/api/permissions.html
 *
 * Reading is not narrowed: of all that a container has, the mounted secrets alone are worth something, and those are the job's own to read. A list could only be wrong: a
 * webhook mounts tokens after it was made, and libraries look for files that they do without, and know no answer but that there is none.
 */
export function nodeCommand({ image, nodeVersion, memoryBytes, external = [], writable = [] }: NodeSettings): string[] {
  const major = nodeVersion ?? nodeMajorOf(image);
  return [
    "node",
    ...heapFlags(memoryBytes),
    "--permission",
    // The permissions are meant; a log that begins with a warning about them would only worry people.
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

/** 24 for `node:24-slim`; undefined for a tag that says nothing, such as `:lts` or a digest, and for images of another name. */
function nodeMajorOf(image: string): number | undefined {
  const major = /(?:^|\/)node:v?(\d+)(?:[.-][^/@]*)?(?:@.*)?$/.exec(image)?.[1];
  return major === undefined ? undefined : Number(major);
}
