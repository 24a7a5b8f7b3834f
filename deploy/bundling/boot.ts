/** Where the container sees the bundle. */
export const MOUNT_PATH = "/errand";

export const BOOT_FILE = "boot.cjs";
export const MAIN_FILE = "main.cjs.br";
export const MAP_FILE = "main.cjs.map.br";

/**
 * What Node starts in the pod: unpacks the bundle and runs it. Reads beside itself, so that it works from any folder; plain CommonJS,
 * because loading an ES module costs a cold start some 10 ms more. The name given to the code is short on purpose: the mount's real path
 * (`/errand/..2026_01_31_…/`) would differ in every pod.
 *
 * Stack traces show the job's own files and lines, and nothing of the minified runtime below them. The source map is read when the first one is
 * asked for, which most runs never do.
 */
export const BOOT_SOURCE = `"use strict";
const { readFileSync } = require("node:fs");
const { brotliDecompressSync } = require("node:zlib");
const { Script, constants } = require("node:vm");
const { SourceMap, wrap } = require("node:module");
const unpack = (name) => brotliDecompressSync(readFileSync(__dirname + "/" + name)).toString();
let map;
Error.prepareStackTrace = (error, frames) => {
  const lines = frames.map((frame) => {
    const own = frame.getFileName() === "main.cjs";
    if (!own) return { text: String(frame) };
    map ??= new SourceMap(JSON.parse(unpack("${MAP_FILE}")));
    const found = map.findEntry(frame.getLineNumber() - 1, frame.getColumnNumber() - 1);
    if (found.originalSource === undefined) return { text: String(frame), runtime: true };
    return { text: found.originalSource + ":" + (found.originalLine + 1) + ":" + (found.originalColumn + 1), job: true };
  });
  const shown = lines.some((line) => line.job) ? lines.filter((line) => !line.runtime) : lines;
  return [Error.prototype.toString.call(error), ...shown.map((line) => "    at " + line.text)].join("\\n");
};
const script = new Script(wrap(unpack("${MAIN_FILE}")), {
  filename: "main.cjs",
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(exports, require, module, __filename, __dirname);
`;
