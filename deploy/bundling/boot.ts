/** Where the container sees the bundle. */
export const MOUNT_PATH = "/errand";

export const BOOT_FILE = "boot.cjs";
export const MAIN_FILE = "main.cjs.zst";
export const MAP_FILE = "main.cjs.map.zst";

/**
 * What Node starts in the pod: unpacks the bundle and runs it. Reads beside itself, so that it works from any folder; plain CommonJS,
 * because loading an ES module costs a cold start some 10 ms more.
 *
 * Stack traces show the job's own files and lines, and nothing of the minified runtime below them. The source map is read when the first one is
 * asked for, which most runs never do.
 */
export const BOOT_SOURCE = `"use strict";
// First of all: Node then begins to read its own root certificates, in a thread that would hold up the first connection later.
require("node:https");
const { readFileSync } = require("node:fs");
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
// A short name of its own: the mount's real path (/errand/..2026_01_31_…/) is another in every pod.
const script = new Script("(function(exports,require,module){" + unpack("${MAIN_FILE}") + "\\n})", {
  filename: "main.cjs",
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(exports, require, module);
module.exports.runInPod(module.exports.loadJob);
`;
