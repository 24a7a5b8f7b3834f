/** Where the container sees the bundle. */
export const MOUNT_PATH = "/errand";

/** Added to the folder of the bundle: where V8's code cache for it is, if there is one. */
export const CODE_CACHE_SUFFIX = "-cache";

export const BOOT_FILE = "boot.cjs";
export const MAIN_FILE = "main.cjs.zst";
export const MAP_FILE = "main.cjs.map.zst";

/** A Node, as the files of its code cache are called: another one, or one on another machine, looks for other names. */
export function codeCachePrefix({
  version,
  platform,
  arch,
}: Pick<NodeJS.Process, "version" | "platform" | "arch">): string {
  return `${version}-${platform}-${arch}`;
}

/** What V8 has compiled, and behind it the module's text, without which V8 takes no code. One file is opened and read faster than two. */
export const CODE_ENDING = ".code";
/** The size of the code in bytes stands at the file's end, in as many bytes as this, the lowest first. */
export const CODE_SIZE_BYTES = 4;

/**
 * How the module is compiled, in the pod and where its code cache is made: V8 takes a cache only for the very same text and name. The name is short on
 * purpose: the mount's real path (`/errand/..2026_01_31_…/`) would differ in every pod.
 */
export const COMPILE_SOURCE = `const compile = (code, cachedData) => new Script("(function(exports,require,module){" + code + "\\n})", {
  filename: "main.cjs",
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  cachedData,
});`;

/**
 * What Node starts in the pod: unpacks the bundle and runs it. Reads beside itself, so that it works from any folder; plain CommonJS,
 * because loading an ES module costs a cold start some 10 ms more. A code cache has the module's text beside it, unpacked, because loading node:zlib and unpacking
 * would take 3 ms again.
 *
 * Stack traces show the job's own files and lines, and nothing of the minified runtime below them. The source map is read when the first one is
 * asked for, which most runs never do.
 */
export const BOOT_SOURCE = `"use strict";
// First of all: Node then begins to read its own root certificates, in a thread that would hold up the first connection later.
require("node:https");
const { existsSync, readFileSync } = require("node:fs");
const { Script, constants } = require("node:vm");
const unpack = (name) => require("node:zlib").zstdDecompressSync(readFileSync(__dirname + "/" + name)).toString("latin1");
let map;
Error.prepareStackTrace = (error, frames) => {
  const lines = frames.map((frame) => {
    const own = frame.getFileName() === "main.cjs";
    if (!own) return { text: String(frame) };
    map ??= new (require("node:module").SourceMap)(JSON.parse(unpack("${MAP_FILE}")));
    const found = map.findEntry(frame.getLineNumber() - 1, frame.getColumnNumber() - 1);
    if (found.originalSource === undefined) return { text: String(frame), runtime: true };
    return { text: found.originalSource + ":" + (found.originalLine + 1) + ":" + (found.originalColumn + 1), job: true };
  });
  const shown = lines.some((line) => line.job) ? lines.filter((line) => !line.runtime) : lines;
  return [Error.prototype.toString.call(error), ...shown.map((line) => "    at " + line.text)].join("\\n");
};
${COMPILE_SOURCE}
// Not beside this file, whose real folder is another in every pod: beside the path that the pod's command has.
const cache = process.argv[1].slice(0, -"/${BOOT_FILE}".length) + "${CODE_CACHE_SUFFIX}/" + process.version + "-" + process.platform + "-" + process.arch + "${CODE_ENDING}";
let cachedData, text;
try {
  if (existsSync(cache)) {
    const file = readFileSync(cache);
    const end = file.length - ${CODE_SIZE_BYTES};
    const size = file.readUInt32LE(end);
    text = file.latin1Slice(size, end);
    cachedData = file.subarray(0, size);
  }
} catch {} // not permitted: whoever changed the pod's command did not know of it
const script = compile(text ?? unpack("${MAIN_FILE}"), cachedData);
script.runInThisContext()(exports, require, module);
module.exports.runInPod(module.exports.loadJob, { codeCache: cachedData === undefined ? "none" : script.cachedDataRejected ? "rejected" : "used" });
`;
