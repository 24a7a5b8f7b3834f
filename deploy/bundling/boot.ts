/** Where the container sees the bundle. */
export const MOUNT_PATH = "/errand";

export const BOOT_FILE = "boot.cjs";
export const MAIN_FILE = "main.cjs.br";

/**
 * What Node starts in the pod: unpacks the bundle and runs it. Reads beside itself, so that it works from any folder; plain CommonJS,
 * because loading an ES module costs a cold start some 10 ms more. The name given to the code is short on purpose: the mount's real path
 * (`/errand/..2026_01_31_…/`) would differ in every pod.
 */
export const BOOT_SOURCE = `"use strict";
const { readFileSync } = require("node:fs");
const { brotliDecompressSync } = require("node:zlib");
const { Script, constants } = require("node:vm");
const { wrap } = require("node:module");
const code = brotliDecompressSync(readFileSync(__dirname + "/${MAIN_FILE}")).toString();
const script = new Script(wrap(code), {
  filename: "main.cjs",
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(exports, require, module, __filename, __dirname);
`;
