import { readFile } from "node:fs/promises";
import type { Metafile, Plugin } from "esbuild";

const UNDICI = /[\\/]undici[\\/]lib[\\/].*\.js$/;
/** What undici does with bodies of fetch, which the runtime's client has none of. */
const FETCH = /[\\/]undici[\\/]lib[\\/]web[\\/](?:fetch|webidl)[\\/]/;
const HTTP2_CLIENT = /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$/;
const WHEN_CALLED = "?when-called";

/** A text in undici's files, and one that says the same without loading a module of Node's first. */
interface Replacement {
  /** The file that must hold the text; absent: any that does. */
  readonly file?: RegExp;
  readonly text: string;
  readonly by: string;
}

const LATER: readonly Replacement[] = [
  {
    text: "const assert = require('node:assert')",
    by: "const assert = (value, message) => { if (!value) require('node:assert')(value, message) }",
  },
  {
    file: /[\\/]dispatcher[\\/]client\.js$/,
    text: "const http = require('node:http')",
    by: "const http = { maxHeaderSize: 16384 }", // Node's default
  },
  {
    file: /[\\/]core[\\/]util\.js$/,
    text: "const { IncomingMessage } = require('node:http')",
    by: "const http = { get IncomingMessage() { return require('node:http').IncomingMessage } }",
  },
  {
    file: /[\\/]core[\\/]util\.js$/,
    text: "constructor === IncomingMessage",
    by: "constructor === http.IncomingMessage",
  },
];

/**
 * Lets a pod load only what undici needs for HTTP/1.1, and the rest when it is called: node:http2 (8 ms of each start), node:http (the status endpoint
 * loads it while the first answer is awaited) and node:assert (which opens stderr).
 *
 * @param isShared true where the job uses undici itself: then nothing may be left out
 */
export function undiciPlugin(isShared: boolean): Plugin {
  return {
    name: "undici",
    setup(build) {
      build.onLoad({ filter: UNDICI }, async ({ path, suffix }) => ({
        contents: await contentsOf(path, suffix, isShared),
        loader: "js",
      }));
    },
  };
}

/** True where other files than undici's own and the runtime's import it. */
export function usesUndici({ inputs }: Metafile, runtimeFolder: string): boolean {
  return Object.entries(inputs).some(
    ([path, { imports }]) =>
      !UNDICI.test(path) &&
      !path.startsWith(`${runtimeFolder}/`) &&
      imports.some((imported) => /[\\/]undici[\\/]/.test(imported.path)),
  );
}

async function contentsOf(path: string, suffix: string, isShared: boolean): Promise<string> {
  if (FETCH.test(path) && !isShared) return `throw new Error("errand left undici's fetch out of the bundle");`;
  if (HTTP2_CLIENT.test(path) && suffix !== WHEN_CALLED) {
    return `module.exports = (...all) => require("./client-h2.js${WHEN_CALLED}")(...all);`;
  }
  return withLater(path, await readFile(path, "utf8"));
}

/** @throws {Error} where undici is another than the one that this was written for */
function withLater(path: string, source: string): string {
  return LATER.filter(({ file }) => file?.test(path) ?? true).reduce((text, { file, text: found, by }) => {
    if (file !== undefined && !text.includes(found)) throw new Error(`${path} does not hold ${found}`);
    return text.replace(found, by);
  }, source);
}
